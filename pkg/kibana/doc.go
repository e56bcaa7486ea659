// Package kibana makes what analysts open in Kibana: it builds saved objects
// (data views, saved searches, dashboards) from short YAML sources and imports
// them over HTTP.
//
// The sources are in deploy/kibana/src. Build turns them into NDJSON in the
// export format of Kibana 8.19; the same sources always give the same bytes.
// The result is kept twice, in deploy/kibana for people who import by hand and
// in this package for Import.
//
// Import only replaces objects that carry Marker, which Build puts into every
// object at a place that Kibana keeps: a person's dashboard is never lost to an
// id that happens to be the same.
//
// Queries is the way back: it reads the NDJSON as Kibana would and gives, for
// every panel, search and control, the request to Elasticsearch that it stands
// for. Tests run these against a real Elasticsearch. No test here runs against
// a real Kibana: the format follows what Kibana exports, and that a Kibana
// takes the file must be seen by importing it into one.
package kibana

//go:generate go run ./internal/generate -src ../../deploy/kibana/src ../../deploy/kibana/palermo.ndjson palermo.ndjson
