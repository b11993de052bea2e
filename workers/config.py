"""Celery's configuration, computed from the settings when the application is first used."""

from typing import Any

from service.settings import Settings
from workers import folder_broker
from workers.queues import QUEUES

_settings = Settings()

_REDIS_OPTIONS: dict[str, Any] = {
    # Without these a broker that hangs blocks its callers for ever.
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "retry_on_timeout": False,
}

broker_url = _settings.broker_url or f"{folder_broker.SCHEME}://"
if broker_url.startswith(f"{folder_broker.SCHEME}://"):
    folder_broker.install()
    broker_transport_options = folder_broker.options(_settings.data_dir / "broker")
elif broker_url.startswith(("redis://", "rediss://")):
    broker_transport_options = _REDIS_OPTIONS
broker_connection_timeout = 2
broker_connection_retry_on_startup = True
broker_connection_max_retries = None

task_queues = QUEUES
task_default_queue = "analyse"
task_routes = {f"earmark.{queue.name}": {"queue": queue.name} for queue in QUEUES}
task_ignore_result = True
task_acks_late = False
task_publish_retry = False
result_backend = None

worker_pool = "prefork"
worker_pool_start_method = "spawn"  # a forked child would share the threads and handles of native libraries
worker_concurrency = _settings.worker_concurrency
worker_prefetch_multiplier = 1
worker_max_tasks_per_child = _settings.worker_max_tasks_per_child
worker_max_memory_per_child = _settings.worker_max_memory_mib * 1024
worker_enable_remote_control = False
worker_send_task_events = False
worker_hijack_root_logger = False
worker_redirect_stdouts = False
