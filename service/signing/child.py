"""The child process of :mod:`service.signing.signer`: one request on standard input, one answer on standard output.

It imports nothing of ours, so that it starts fast and holds nothing that a hostile file could reach.
"""

import json
import resource
import sys
from pathlib import Path

MEMORY_BYTES = 4 << 30
CPU_S = 100


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    request = json.load(sys.stdin)
    from c2pa import Builder, C2paBuilderIntent, C2paError, C2paSignerInfo, Signer

    try:
        info = C2paSignerInfo(
            alg=request["algorithm"].encode(),
            sign_cert=Path(request["certificate"]).read_bytes(),
            private_key=Path(request["key"]).read_bytes(),
            ta_url=None,
        )
        mime_type, source = request["mime_type"], Path(request["source"])
        with Signer.from_info(info) as signer, Builder(json.dumps(request["definition"])) as builder:
            builder.set_intent(C2paBuilderIntent.EDIT)
            with source.open("rb") as original:
                builder.add_ingredient({"title": "as delivered", "relationship": "parentOf"}, mime_type, original)
            with source.open("rb") as original, Path(request["target"]).open("w+b") as copy:
                builder.sign(signer, mime_type, original, copy)
        answer: dict[str, str] = {}
    except (C2paError, OSError, MemoryError) as error:
        answer = {"error": str(error)[:300] or type(error).__name__}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
