# The desk as locked and tested, run by nobody in particular; what it keeps is in /data.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/quartermaster
ENV PATH=/opt/quartermaster/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY portfolio portfolio
COPY strategies strategies
COPY exchange exchange
COPY migrations migrations
RUN pip install --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin quartermaster \
    && install -d -o quartermaster -g quartermaster -m 0700 /data
COPY --from=build /opt/quartermaster /opt/quartermaster
# The environment wins over the file: inside a container the desk listens on every address, at a known port.
ENV PATH=/opt/quartermaster/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    QUARTERMASTER_CONFIG=/data/quartermaster.toml \
    QUARTERMASTER_SERVER__HOST=0.0.0.0 \
    QUARTERMASTER_SERVER__PORT=8080
USER quartermaster
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
CMD ["quartermaster", "serve"]
