// Package ops is what every Palermo process needs and no stage should care
// about: configuration, secrets, logging, metrics, health and the admin
// server, signals and the order of shutdown.
//
// Nothing in it is global: a process that runs several services in one (the
// all-in-one binary) makes one value of each a service.
package ops
