# One static binary and nothing else: no shell, no libraries, no root.
#
#   docker build -t ai-cost .
#   docker run --rm -v "$PWD:/data:ro" -w /data ai-cost audit --billing bill.csv

FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev gcc g++ make
WORKDIR /src
COPY Cargo.toml Cargo.lock build.rs ./
COPY benches benches
COPY rules rules
COPY src src
COPY tests tests
RUN cargo build --release --locked --bin ai-cost

FROM scratch
COPY --from=build /src/target/release/ai-cost /ai-cost
USER 65534:65534
ENTRYPOINT ["/ai-cost"]
CMD ["--help"]
