"""``earmark migrate``: bring the database to the schema of this version."""

import typer


def register(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate() -> None:
    """Bring the database to the schema of this version. Safe to run anywhere, any time, several at once."""
    from service.settings import Settings
    from service.store.database import Database

    settings = Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    Database.open(settings.database).migrate()
    typer.echo("the database is up to date")
