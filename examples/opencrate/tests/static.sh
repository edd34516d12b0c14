# Quick checks before anything is built. A real library would call ruff, mypy and pytest here.
set -eu
cd "$(dirname "$0")/.."
for script in docker/dockerfiles.sh src/opencrate/main.sh tests/*.sh; do
  sh -n "$script"
done
said="$(OPENCRATE_VERSION=v0 OPENCRATE_PYTHON=3 OPENCRATE_RUNTIME=cpu sh src/opencrate/main.sh)"
test "$said" = "opencrate v0 on Python 3 (cpu)"
