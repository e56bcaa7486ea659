package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"palermo.internal/pkg/stream"
)

// serviceTopics says what a service reads and writes, with its consumer groups.
type serviceTopics struct {
	name          string
	reads, writes []string
	groups        []string
}

// services lists what each service needs at the brokers. A stage writes the
// dead letters of what it reads.
func (t topicNames) services() []serviceTopics {
	stage := func(name, group, reads string, writes ...string) serviceTopics {
		return serviceTopics{name: name, reads: []string{reads}, writes: append(writes, deadLetterTopic(reads)), groups: []string{group}}
	}
	indexer := stage("indexer", "palermo-indexer", t.scoredAds)
	clusters := stage("indexer", "palermo-indexer-clusters", t.scoredClusters)
	indexer.reads, indexer.writes = append(indexer.reads, clusters.reads...), append(indexer.writes, clusters.writes...)
	indexer.groups = append(indexer.groups, clusters.groups...)
	operator := serviceTopics{name: "operator", writes: t.inputs()}
	for _, in := range t.inputs() {
		operator.reads = append(operator.reads, in, deadLetterTopic(in))
	}
	return []serviceTopics{
		{name: "gateway", writes: []string{t.raw}},
		stage("normalizer", "palermo-normalizer", t.raw, t.normalized),
		stage("clusterer", "palermo-clusterer", t.normalized, t.clustered),
		stage("scorer", "palermo-scorer", t.clustered, t.clustered, t.scoredAds, t.scoredClusters),
		indexer,
		operator,
	}
}

// serviceACLs are the rights that services need, and no more, for users that are
// named by prefix and service. "operator" is who runs tap, dlq and verify.
func serviceACLs(prefix string) []stream.ACL {
	var out []stream.ACL
	for _, s := range defaultTopics().services() {
		add := func(resource, name string, operations ...string) {
			for _, op := range operations {
				l := stream.ACL{Principal: "User:" + prefix + s.name, Resource: resource, Name: name, Operation: op}
				if !slices.Contains(out, l) {
					out = append(out, l)
				}
			}
		}
		for _, t := range s.reads {
			add("topic", t, "READ", "DESCRIBE")
		}
		for _, t := range s.writes {
			add("topic", t, "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS")
		}
		for _, g := range s.groups {
			add("group", g, "READ", "DESCRIBE")
		}
	}
	return out
}

func printACLs(w io.Writer, acls []stream.ACL) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "PRINCIPAL\tON\tNAME\tMAY")
	for i := 0; i < len(acls); {
		l := acls[i]
		var may []string
		for ; i < len(acls) && acls[i].Principal == l.Principal && acls[i].Resource == l.Resource && acls[i].Name == l.Name; i++ {
			may = append(may, acls[i].Operation)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", l.Principal, l.Resource, l.Name, strings.Join(may, ", "))
	}
	return tw.Flush()
}
