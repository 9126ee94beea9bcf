ARG VERSION=1.26
FROM docker.io/library/golang:${VERSION} AS source
WORKDIR /src
COPY go.mod go.sum* ./
RUN go mod download
COPY . .

FROM source AS test
RUN go test ./...

FROM source AS build
RUN CGO_ENABLED=0 go build -trimpath -o /program .

FROM scratch
COPY --from=source /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /program /program
ENV PORT=8080
EXPOSE 8080
USER 65532
ENTRYPOINT ["/program"]
