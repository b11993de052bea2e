"""Celery's configuration, computed from the settings when the application is first used."""

from typing import Any

from service.settings import Settings
from workers import folder_broker
from workers.queues import QUEUES

_settings = Settings()

_SOCKET_OPTIONS: dict[str, Any] = {
    # Without these a broker that hangs blocks its callers for ever.
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
}

broker_url = _settings.broker
if broker_url.startswith(f"{folder_broker.SCHEME}://"):
    broker_url = f"{folder_broker.SCHEME}://localhost"
    folder_broker.install()
    broker_transport_options = folder_broker.options(_settings.broker_dir)
elif broker_url.startswith(("redis://", "rediss://")):
    broker_transport_options = _SOCKET_OPTIONS
    worker_disable_prefetch = True  # a wake-up is taken when a process is free, as nothing else limits how many are
broker_connection_timeout = 2
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
broker_channel_error_retry = True

task_queues = QUEUES
task_default_queue = QUEUES[0].name
task_routes = {f"earmark.{queue.name}": {"queue": queue.name} for queue in QUEUES}
task_ignore_result = True
task_publish_retry = False
result_backend = None

worker_pool = "prefork"
worker_pool_start_method = "spawn"  # a forked child would share the threads and handles of native libraries
worker_proc_alive_timeout = 300.0  # on a busy machine imports take longer than the 4 s after which it would be killed
worker_concurrency = _settings.worker_processes
worker_prefetch_multiplier = 1
worker_max_memory_per_child = 1_500_000  # KiB; a child above it is replaced after its task
worker_max_tasks_per_child = 2_000  # wake-ups; what leaks slowly is gone by then
worker_soft_shutdown_timeout = _settings.soft_shutdown_s
worker_enable_soft_shutdown_on_idle = False
worker_enable_remote_control = False
worker_send_task_events = False
worker_hijack_root_logger = False
worker_redirect_stdouts = False
