package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/twmb/franz-go/pkg/kfake"
)

// brokerMessageBytes is the largest message that the embedded broker takes: an
// advert of 1 MiB with room for what the stages add to it.
const brokerMessageBytes = 4 << 20

// embeddedBroker is a broker in this process that speaks the Kafka protocol and
// keeps its topics in a folder. It is for one machine: it has one node, no
// authentication, and listens on loopback.
type embeddedBroker struct {
	cluster *kfake.Cluster
}

// startBroker opens the broker on a folder, or in memory if dir is empty, and
// listens on the port, or on a free one if it is 0.
func startBroker(dir string, port int) (*embeddedBroker, error) {
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ClusterID("palermo"),
		kfake.BrokerConfigs(map[string]string{"message.max.bytes": strconv.Itoa(brokerMessageBytes)}),
		kfake.ListenFn(func(network, address string) (net.Listener, error) {
			l, err := net.Listen(network, address) //nolint:noctx // the library's hook has no context
			if err != nil {
				return nil, fmt.Errorf("listen for the embedded broker: %w", err)
			}
			return l, nil
		}),
	}
	if port != 0 {
		opts = append(opts, kfake.Ports(port))
	}
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the broker's folder: %w", err)
		}
		opts = append(opts, kfake.DataDir(dir), kfake.SyncWrites())
	}
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		return nil, fmt.Errorf("start the embedded broker%s: %w", inFolder(dir), err)
	}
	return &embeddedBroker{cluster: c}, nil
}

func inFolder(dir string) string {
	if dir == "" {
		return ""
	}
	return " in " + filepath.Clean(dir)
}

func (b *embeddedBroker) addresses() []string { return b.cluster.ListenAddrs() }

func (b *embeddedBroker) close() { b.cluster.Close() }
