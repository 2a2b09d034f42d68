# The image holds what serving needs and the default model. torch is needed to make that model
# and stays in a stage of its own, unless one asks for it: `docker build --target full .` can train, too.

FROM python:3.11-slim AS serving
WORKDIR /source
COPY pyproject.toml constraints.txt ./
# The dependencies come before the source: a change of the source does not install them again.
RUN python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
open("serving.txt", "w").write("\n".join(project["dependencies"])); \
open("extras.txt", "w").write("\n".join(sum(project["optional-dependencies"].values(), [])))' \
 && python -m venv --without-pip /opt/camscope \
 && pip --python /opt/camscope/bin/python install --no-cache-dir --constraint constraints.txt --requirement serving.txt

FROM serving AS wheel
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

FROM serving AS network
# Where torch and torchvision come from: PyTorch's own CPU wheels. Empty: pip's usual index (several GB of CUDA).
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN if [ -n "$TORCH_INDEX" ]; then \
      pip --python /opt/camscope/bin/python install --no-cache-dir --no-compile --no-deps --constraint constraints.txt \
        --index-url "$TORCH_INDEX" torch torchvision; \
    fi \
 && pip --python /opt/camscope/bin/python install --no-cache-dir --no-compile --constraint constraints.txt --requirement extras.txt
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    pip --python /opt/camscope/bin/python install --no-cache-dir --no-compile --no-deps /wheel/*.whl \
 && /opt/camscope/bin/python -m model.training /models

FROM serving AS program
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    pip --python /opt/camscope/bin/python install --no-cache-dir --no-deps /wheel/*.whl

FROM python:3.11-slim AS server
RUN mkdir /data && chown 10001:10001 /data
ENV PATH=/opt/camscope/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CAMSCOPE_HOST=0.0.0.0 \
    CAMSCOPE_PORT=8000 \
    CAMSCOPE_DATA_DIR=/data \
    CAMSCOPE_CACHE_DIR=/models \
    HOME=/tmp
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['CAMSCOPE_PORT']), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["camscope", "serve"]

# Compiled, since a read-only container could not keep what Python compiles.
FROM network AS compiled
RUN /opt/camscope/bin/python -m compileall -q /opt/camscope/lib || true

# Who builds this one wants to train, so that is on, though the server listens to more than its own machine.
FROM server AS full
COPY --from=compiled /opt/camscope /opt/camscope
COPY --from=network /models /models
ENV CAMSCOPE_TRAINING=on

FROM server
COPY --from=program /opt/camscope /opt/camscope
COPY --from=network /models /models
