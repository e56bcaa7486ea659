// Package e2e runs the built binaries against real servers: Apache Kafka and
// Elasticsearch. It has tests only. `make integration` fetches the servers and
// runs them; without servers each test skips and names what is missing.
package e2e
