# The image: a static binary, the authorities that it trusts, and nothing else. It runs as nobody and writes nothing.
#
#   docker build --build-arg VERSION=0.1.0 -t scaler .
#   docker build --build-arg VERSION=0.1.0 --build-arg TAGS=nok8s -t scaler-ecs .   # without Kubernetes, for Amazon ECS
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY api ./api
COPY cmd ./cmd
COPY internal ./internal
COPY bench ./bench
ARG VERSION=devel
ARG TAGS=
RUN CGO_ENABLED=0 go build -trimpath -tags "${TAGS}" -ldflags "-s -w -X main.version=${VERSION}" -o /scaler ./cmd/scaler

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /scaler /usr/local/bin/scaler
ENV PATH=/usr/local/bin
USER 65532:65532
ENTRYPOINT ["scaler"]
CMD ["run", "-f", "/etc/scaler"]
