// Package stage is what the mains of all stages share: the settings of a
// process that reads one topic (logging and admin port, Kafka, TLS and SASL),
// and making the runner from them. It knows nothing about adverts.
package stage
