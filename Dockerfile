# One image for every process; docker-compose.yml says which command each container runs.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/srv/samvad \
    SAMVAD_HOME=/var/lib/samvad

WORKDIR /srv/samvad
COPY requirements.lock .
RUN pip install --no-cache-dir -r requirements.lock

COPY . .
RUN useradd --system --home-dir /var/lib/samvad --create-home samvad
USER samvad
VOLUME /var/lib/samvad

ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["web"]
