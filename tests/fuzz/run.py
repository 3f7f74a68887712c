"""Look for inputs that break a promise, guided by which lines of emcli they reach (atheris, libFuzzer).

    pip install -e '.[fuzz]'
    python tests/fuzz/run.py table --seconds 600

What is found is printed and left in the current folder as crash-*; brought down to its core, it belongs into
`corpus/` and is then tried by every test run.  Inputs that reach new lines are not kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
NOT_AVAILABLE = "atheris is not installed (it has no wheel for every interpreter): nothing was fuzzed"


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the reader of tables or of model files.")
    parser.add_argument("target", choices=("table", "model"))
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    try:
        import atheris
    except ImportError:
        print(NOT_AVAILABLE)
        return 0
    sys.path.insert(0, str(Path(__file__).parent))
    with atheris.instrument_imports(include=["emcli"]):
        from targets import TARGETS
    with tempfile.TemporaryDirectory() as found:
        stored = CORPUS / chosen.target
        words = [
            f"-max_total_time={chosen.seconds}",
            f"-seed={chosen.seed}",
            "-max_len=2000",
            "-timeout=20",
            "-rss_limit_mb=4096",
        ]
        atheris.Setup([sys.argv[0], *words, "-print_final_stats=1", found, str(stored)], TARGETS[chosen.target])
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
