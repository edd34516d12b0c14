#!/bin/sh
# Writes a Dockerfile for each Python and each runtime. The bases are arguments, so that another registry can hold them.
set -eu
cd "$(dirname "$0")/.."
mkdir -p docker/dockerfiles
while IFS= read -r python || [ -n "$python" ]; do
  for runtime in cpu cuda; do
    case $runtime in
      cpu) base="python:$python-slim" ;;
      cuda) base="nvidia/cuda:12.4.1-runtime-ubuntu22.04" ;;
    esac
    cat > "docker/dockerfiles/Dockerfile.$runtime-py$python" <<DOCKERFILE
ARG BASE=$base
FROM \${BASE}
COPY pyproject.toml /opencrate/pyproject.toml
# Here a real library would install what it depends on; this one writes down what that is.
RUN sed -n 's/^  "\(.*\)",\$/\1/p' /opencrate/pyproject.toml > /opencrate/dependencies.txt
ARG VERSION
ENV OPENCRATE_VERSION=\${VERSION} OPENCRATE_PYTHON=$python OPENCRATE_RUNTIME=$runtime
COPY src /opencrate/src
COPY tests /opencrate/tests
USER 1000:1000
CMD ["sh", "/opencrate/src/opencrate/main.sh"]
DOCKERFILE
  done
done < PYTHON_VERSIONS
