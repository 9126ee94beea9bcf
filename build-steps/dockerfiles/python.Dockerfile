ARG VERSION=3.13
FROM docker.io/library/python:${VERSION}-slim
WORKDIR /app
COPY requirements.txt* pyproject.toml* ./
RUN if [ -f requirements.txt ]; then pip install --no-cache-dir -r requirements.txt; fi
COPY . .
RUN if [ ! -f requirements.txt ] && [ -f pyproject.toml ]; then pip install --no-cache-dir .; fi
ENV PYTHONUNBUFFERED=1 PORT=8080
EXPOSE 8080
USER 65532
CMD ["sh", "-c", "for file in main.py app.py server.py; do [ -f $file ] && exec python $file; done; echo 'none of main.py, app.py and server.py is there' >&2; exit 1"]
