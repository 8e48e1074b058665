# One static binary and nothing else: no shell, no libraries, no root.
#
#   docker build -t ai-cost .
#   docker run --rm -v "$PWD:/data:ro" -w /data ai-cost audit --billing bill.csv

FROM rust:1.95-alpine AS build
RUN apk add --no-cache ca-certificates musl-dev gcc g++ make && mkdir -m 1777 /empty
WORKDIR /src
COPY Cargo.toml Cargo.lock build.rs ./
COPY benches benches
COPY rules rules
COPY src src
COPY tests tests
RUN cargo build --release --locked --bin ai-cost

FROM scratch
COPY --from=build /src/target/release/ai-cost /ai-cost
# Authorities for servers that are asked, and a folder for what they said until the audit ends.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /empty /tmp
USER 65534:65534
ENTRYPOINT ["/ai-cost"]
CMD ["--help"]
