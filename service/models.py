"""Which models of generated music are in force: the live one that judges, and what runs in shadow beside it."""

from pathlib import Path
from typing import TYPE_CHECKING

from service.settings import Settings

if TYPE_CHECKING:
    from classifiers.ai.model import Model
    from classifiers.ai.network_score import Network

BUNDLED = ""


class ModelUnusable(Exception):
    """A model of the settings cannot be used; the message says which and why."""


def live_model(settings: Settings) -> "Model":
    """The model of ``EARMARK_AI_MODEL``. Raises :class:`classifiers.ai.model.ModelError`."""
    return find_model(settings, settings.ai_model)


def shadow_model(settings: Settings) -> "Model | None":
    """The model of ``EARMARK_AI_SHADOW_MODEL``, if there is one. Raises :class:`classifiers.ai.model.ModelError`."""
    return find_model(settings, settings.ai_shadow_model) if settings.ai_shadow_model else None


def network_file(name: str) -> Path:
    """The file of a residual network by its path; ``bundled`` is the one that comes with Earmark."""
    from classifiers.ai.network_score import BUNDLED as COMES_ALONG

    return COMES_ALONG if name == "bundled" else Path(name)


def residual_network(settings: Settings) -> "Network | None":
    """The network of ``EARMARK_AI_RESIDUAL_NETWORK``, if there is one; only then is PyTorch imported.

    Raises:
        NetworkError: the file holds none.
        OSError: it cannot be read.
    """
    if not settings.ai_residual_network:
        return None
    from classifiers.ai.network_score import read_network

    return read_network(network_file(settings.ai_residual_network))


def check_models(settings: Settings) -> None:
    """See that all can be used, before a worker starts with them. Raises :class:`ModelUnusable`."""
    from classifiers.ai.model import ModelError

    try:
        live_model(settings)
        shadow_model(settings)
        residual_network(settings)
    except (ModelError, OSError) as error:
        raise ModelUnusable(str(error)) from error


def find_model(settings: Settings, name: str) -> "Model":
    """A model by its version under the data folder or by its folder; empty, or its version: the one that comes along.

    Raises:
        ModelError: there is none, or it cannot be used.
    """
    from classifiers.ai.model import MANIFEST, ModelError, bundled_model, read_model

    bundled = bundled_model()
    if name in (BUNDLED, bundled.version):
        return bundled

    from classifiers.pipeline import PIPELINE_VERSION  # takes half a second, and serves another model alone

    places = [settings.models_dir / name, Path(name)]
    for folder in places:
        if (folder / MANIFEST).is_file():
            return read_model(folder, PIPELINE_VERSION)
    raise ModelError(f"there is no model {name!r}: looked for {MANIFEST} in {' and '.join(map(str, places))}")
