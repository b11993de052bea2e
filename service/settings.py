"""Every setting of the service, read from ``EARMARK_*`` variables. The defaults need nothing but a writable folder."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.identifiers import normalise_dpid
from service.retention import keep_days
from service.seal_keys import check_keys
from service.webhooks.addresses import networks
from service.webhooks.schedule import pauses
from service.webhooks.secrets import check_secret


class Settings(BaseSettings):
    """How one deployment runs. Left alone, it is the embedded default: SQLite, a filesystem broker and a local folder,
    all under ``data_dir``. With ``database_url``, ``broker_url`` and ``storage_url`` set, it runs on servers.
    """

    model_config = SettingsConfigDict(env_prefix="EARMARK_", extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path(".earmark"), description="Folder for everything the embedded default keeps.")
    database_url: str = Field(
        default="",
        description="postgresql://user:password@host/name or sqlite:///path; empty: an SQLite file under data_dir.",
    )
    broker_url: str = Field(
        default="", description="redis://host:port/0 or amqp://...; empty: a filesystem broker under data_dir."
    )
    storage_url: str = Field(
        default="", description="s3://bucket/prefix or file:///folder for audio; empty: a folder under data_dir."
    )
    storage_endpoint: str | None = Field(default=None, description="Address of an S3 service other than AWS.")
    storage_region: str | None = Field(default=None, description="Region of the bucket.")
    storage_access_key_id: str | None = Field(default=None, description="S3 access key; missing: as AWS finds it.")
    storage_secret_access_key: SecretStr | None = Field(default=None, description="Secret of the S3 access key.")

    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the API listens on; 0: a free one.")
    url: str | None = Field(
        default=None, description="Where commands find the service; missing: the local one of data_dir."
    )
    api_key: SecretStr | None = Field(
        default=None, description="Key that commands use; missing: the local key of data_dir."
    )

    appeal_window_days: int = Field(
        default=183, ge=183, description="How long after a decision it may be appealed against: six months at least."
    )
    appeal_answer_days: int = Field(default=14, ge=1, description="Within how many days an appeal is to be answered.")
    message_templates: Path | None = Field(
        default=None, description="YAML file of messages to uploaders; missing: those that come with Earmark."
    )
    routes: Path | None = Field(
        default=None,
        description="YAML file of which cases go to which queue; missing: the one that comes with Earmark.",
    )
    public_url: str = Field(
        default="", description="Address people reach the service by, for links; empty: the one each asked by."
    )
    console_idle_minutes: int = Field(
        default=30, ge=2, le=720, description="After how long without a request somebody at the console is signed out."
    )
    require_totp: bool = Field(
        default=False, description="Whether everybody who signs in by password has to set up one-time codes as well."
    )
    oidc_issuer: str = Field(
        default="", description="Address of an OpenID Connect provider that people may sign in at; empty: none."
    )
    oidc_client_id: str = Field(default="", description="What the provider calls this service.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Secret of the client; missing: a public one, under PKCE alone."
    )

    max_audio_bytes: int = Field(
        default=2 * 1024**3, gt=0, description="Largest audio file taken; four hours of 24-bit stereo WAV fit."
    )
    max_artwork_bytes: int = Field(default=30 * 1024**2, gt=0, description="Largest artwork file taken.")
    max_metadata_bytes: int = Field(default=256 * 1024, gt=0, description="Largest JSON document taken.")
    max_upload_bytes: int = Field(
        default=20 * 1024**3, gt=0, description="Largest resumable upload taken, such as a batch with its audio."
    )
    upload_keep_s: float = Field(
        default=86_400.0,
        gt=0,
        description="How long a resumable upload is kept after its last byte, unless it is used.",
    )
    uploads_per_tenant: int = Field(
        default=1000, ge=1, description="Most resumable uploads of one tenant that are not used yet."
    )
    idempotency_hold_s: float = Field(
        default=15.0, gt=0, description="How long a request may be in flight before its key may be tried again."
    )
    idempotency_keep_s: float = Field(default=7 * 86_400.0, gt=0, description="How long answers are kept for retries.")

    requests_per_minute: int = Field(
        default=0, ge=0, description="Requests a minute of one tenant that has no limit of its own; 0: any number."
    )
    tracks_per_day: int = Field(
        default=0, ge=0, description="Tracks a day (UTC) of one tenant that has no quota of its own; 0: any number."
    )
    max_parsed_bytes: int = Field(
        default=96 * 1024**2,
        gt=0,
        description="Bytes of messages (XML) that one process of the API reads at once; more wait, then get a 503.",
    )
    bulk_after_per_hour: int = Field(
        default=2000, ge=0, description="Tracks an hour past which a tenant's deliveries are an import and wait longer."
    )
    min_free_bytes: int = Field(
        default=512 * 1024**2,
        ge=0,
        description="Room that stays free on the disk: an upload that would use it is refused.",
    )

    hold_days: int = Field(
        default=14,
        ge=0,
        le=3650,
        description="How long a held track waits for a correction, an appeal or a decision; 0: without end.",
    )
    hold_outcome: Literal["none", "label", "queue", "block"] = Field(
        default="queue",
        description="What then takes the hold's place, on record and reversible; queue leaves the case to a person.",
    )
    question_outcome: Literal["none", "label", "queue", "hold", "block"] = Field(
        default="queue", description="What holds for a track when nobody answered the request for a declaration."
    )

    audio_keep_days: str = Field(
        default="",
        description="How many days audio is kept after its track last changed, by state, such as "
        "decided=365,unreadable=30,withdrawn=7; a state that is not named: for good. Never erased while a case or an "
        "appeal is open.",
    )

    privacy_key: SecretStr | None = Field(
        default=None,
        description="Key under which addresses, payout and device tokens are hashed before they are stored; missing: "
        "kept as sent. Another key later makes known senders look new.",
    )

    secrets_keys: SecretStr | None = Field(
        default=None,
        description="Keys under which secrets of webhooks and one-time codes are stored, by commas, the newest first: "
        "32 bytes in URL-safe base 64 each; missing: one in data_dir on the embedded default, in the clear on servers.",
    )

    c2pa_trust_anchors: Path | None = Field(
        default=None, description="PEM file of root certificates whose C2PA manifests are trusted; missing: none is."
    )

    c2pa_signing_certificate: Path | None = Field(
        default=None,
        description="PEM file of the certificate that signed copies are signed with, its chain after it; missing: "
        "nothing is signed.",
    )
    c2pa_signing_key: Path | None = Field(default=None, description="PEM file (PKCS 8) of that certificate's key.")
    c2pa_signing_algorithm: Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"] = Field(
        default="es256", description="Algorithm of that key."
    )

    operator_name: str = Field(
        default="Earmark", min_length=1, max_length=255, description="Who runs this service, as receivers are told."
    )
    operator_id: str = Field(
        default="earmark",
        pattern=r"^[\x21\x23-\x5B\x5D-\x7E]{1,100}$",
        description="The operator's id in China's AIGC label: printable ASCII without space, quote or backslash.",
    )
    dpid: str | None = Field(
        default=None, description="The operator's DDEX party id, as sender of ERN messages and acknowledgements."
    )
    ddex_xsd_dir: Path | None = Field(
        default=None,
        description="Folder of DDEX's schemas (ernv432/release-notification.xsd and so on); missing: ERN messages are "
        "read without validation.",
    )
    ddex_require_valid: bool = Field(
        default=False, description="Whether an ERN message that breaks its schema is refused; otherwise it is reported."
    )

    policy_packs: str = Field(
        default="",
        description="Rule packs in force, as paths separated by colons; empty: the packs that come with Earmark.",
    )
    register_file: Path | None = Field(
        default=None,
        description="What is known before anything is delivered, as JSON lines: protected artists, registered "
        "recordings, senders with their links and contracts, banned payouts, lists of titles (docs/register.md).",
    )
    ai_comb_search: bool = Field(
        default=True,
        description="Whether to look for the spectral lines of decoders; patents on such detection are pending.",
    )
    ai_clock_search: bool = Field(
        default=True,
        description="Whether to look for power that swings with the frames of a decoder.",
    )
    ai_model: str = Field(
        default="",
        description="The model of generated music to judge by: a version under models in data_dir, or a folder; empty: "
        "the one that comes with Earmark (docs/models.md).",
    )
    ai_shadow_model: str = Field(
        default="", description="A second model whose scores are stored beside the first and never act; empty: none."
    )
    ai_residual_network: str = Field(
        default="",
        description="A residual network that scores tracks in shadow: a file that earmark network train wrote, or "
        "bundled for the one that comes with Earmark; empty: none (docs/residual-network.md).",
    )

    fingerprint_index: Literal["database", "segments"] = Field(
        default="database",
        description="Where fingerprints are looked up: in a table of the database, or in mapped files under data_dir "
        "that are filled from it, smaller and faster (docs/duplicates.md).",
    )

    webhook_allow_http: bool = Field(default=False, description="Whether webhooks may go over plain HTTP.")
    webhook_allowed_networks: str = Field(
        default="",
        description="Networks that webhooks may reach although they are not public, such as 10.1.0.0/16, by commas.",
    )
    webhook_timeout_s: float = Field(default=15.0, gt=0, le=60, description="How long a receiver may take to answer.")
    webhook_retry_s: str = Field(
        default="5,300,1800,7200,18000,36000,50400,72000,86400",
        description="Pauses between attempts of one webhook message, in seconds; after the last it is a dead letter.",
    )
    webhook_secret_overlap_s: float = Field(
        default=86_400.0, ge=0, description="How long messages are signed with the secret before a rotation as well."
    )
    webhook_attempts_keep_s: float = Field(
        default=7 * 86_400.0, ge=0, description="How long attempts to send messages are kept for their receivers."
    )
    policy_owner_url: str | None = Field(
        default=None, description="Where the policy owner is told that a brake lowered a rule (docs/webhooks.md)."
    )
    policy_owner_secret: SecretStr | None = Field(
        default=None, description="Key of those messages, whsec_ and base64; without it none is sent."
    )
    webhooks_per_tenant: int = Field(default=20, ge=0, description="Most webhooks of one tenant.")

    worker_processes: int = Field(default=2, ge=1, le=256, description="Analyses that one worker role runs at once.")
    soft_shutdown_s: float = Field(
        default=5.0,
        ge=0,
        description="How long a worker that must leave now (SIGQUIT) goes on before it drops its work.",
    )
    claim_batch: int = Field(default=4, ge=1, le=1000, description="Jobs that one worker process takes at a time.")
    lease_s: float = Field(
        default=60.0, gt=0, description="How long a job stays with a worker that gives no sign of life."
    )
    dispatch_interval_s: float = Field(default=1.0, gt=0, description="How often due jobs are published to the broker.")
    worker_silence_s: float = Field(
        default=30.0, gt=0, description="After how long without a heartbeat a worker counts as gone."
    )
    brake_interval_s: float = Field(
        default=60.0, gt=0, description="How often it is looked whether a rule suddenly hits senders known to be good."
    )
    stale_upload_s: float = Field(
        default=86_400.0,
        gt=0,
        description="Age at which unfinished uploads and files without a row are removed.",
    )
    worker_metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Port where a worker shows its figures to Prometheus; 0: nowhere."
    )
    worker_metrics_host: str = Field(default="127.0.0.1", description="Address where a worker shows its figures.")
    otlp_endpoint: str = Field(
        default="",
        description="Where traces are sent, such as http://collector:4318/v1/traces; empty: nothing is traced.",
    )
    log_format: Literal["logfmt", "json"] = Field(default="logfmt", description="How log lines are written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severity that is logged."
    )

    @field_validator("dpid")
    @classmethod
    def _is_a_dpid(cls, value: str | None) -> str | None:
        return normalise_dpid(value) if value else None

    @field_validator("webhook_retry_s")
    @classmethod
    def _are_pauses(cls, value: str) -> str:
        pauses(value)
        return value

    @field_validator("secrets_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_keys(value.get_secret_value())
        return value

    @field_validator("audio_keep_days")
    @classmethod
    def _are_days(cls, value: str) -> str:
        keep_days(value)
        return value

    @field_validator("policy_owner_secret")
    @classmethod
    def _is_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_secret(value.get_secret_value())
        return value

    @field_validator("webhook_allowed_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        networks(value)
        return value

    @cached_property
    def hashing_key(self) -> str | None:
        """The key of :mod:`service.privacy` in the clear."""
        return self.privacy_key.get_secret_value() if self.privacy_key else None

    @cached_property
    def database(self) -> str:
        """The database in use."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'earmark.db'}"

    @cached_property
    def broker(self) -> str:
        """The broker in use; ``filesystem://`` stands for :attr:`broker_dir`."""
        return self.broker_url or "filesystem://"

    @cached_property
    def broker_dir(self) -> Path:
        """Folder of the filesystem broker."""
        return self.data_dir.absolute() / "broker"

    @cached_property
    def storage(self) -> str:
        """The blob storage in use."""
        return self.storage_url or (self.data_dir.absolute() / "blobs").as_uri()

    @cached_property
    def storage_options(self) -> dict[str, str]:
        """Connection options of an S3-compatible storage."""
        options = {
            "endpoint": self.storage_endpoint,
            "region": self.storage_region,
            "access_key_id": self.storage_access_key_id,
            "secret_access_key": self.storage_secret_access_key.get_secret_value()
            if self.storage_secret_access_key
            else None,
        }
        return {name: value for name, value in options.items() if value is not None}

    @cached_property
    def fingerprint_index_dir(self) -> Path:
        """Folder of the mapped files, where fingerprints are looked up there."""
        return self.data_dir.absolute() / "fingerprints"

    @cached_property
    def models_dir(self) -> Path:
        """Folder of the models of generated music, one folder a version."""
        return self.data_dir.absolute() / "models"

    @cached_property
    def staging_dir(self) -> Path:
        """Local folder where uploads are written before they are stored."""
        return self.data_dir.absolute() / "staging"
