# One image for every process; docker-compose.yml says which command each container runs.

# The public flow editor (AGPL-3.0, its licence lies beside its files); `app/web/editor_files.py`
# names the same version and refuses other bytes.
FROM node:22-slim AS editor
WORKDIR /fetched
RUN npm pack --silent --ignore-scripts @glific/flow-editor@1.43.0-10

FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/srv/samvad \
    SAMVAD_HOME=/var/lib/samvad

WORKDIR /srv/samvad
COPY requirements.lock .
RUN pip install --no-cache-dir -r requirements.lock

COPY . .
# Beside the code, not in the volume: that of an older image would hide what is newer.
RUN --mount=type=bind,from=editor,source=/fetched,target=/fetched \
    SAMVAD_HOME=/srv/samvad python -m app.cli flow-editor install --file /fetched/*.tgz
RUN useradd --system --home-dir /var/lib/samvad --create-home samvad
USER samvad
VOLUME /var/lib/samvad

ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["web"]
