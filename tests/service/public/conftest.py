"""The running application of the API's tests."""

from tests.service.api.conftest import backend, caller, client, settings

__all__ = ["backend", "caller", "client", "settings"]
