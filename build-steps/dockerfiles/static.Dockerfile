ARG VERSION=1.26
FROM docker.io/library/nginx:${VERSION}
COPY . /usr/share/nginx/html/
EXPOSE 80
