package streamtest

import (
	"errors"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// FailProduce makes the next n produce requests to topic fail with err; n < 0
// means until the handle is removed.
func (b *Broker) FailProduce(topic string, err *kerr.Error, n int) *kfake.FaultHandle {
	return b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: err, Count: n})
}

// FailCommit makes the next n offset commits of group fail with err; n < 0 means
// until the handle is removed.
func (b *Broker) FailCommit(group string, err *kerr.Error, n int) *kfake.FaultHandle {
	return b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: group, Err: err, Count: n})
}

// DropAnswers makes the broker close the connection on the next n requests with
// this key instead of answering.
func (b *Broker) DropAnswers(key kmsg.Key, n int64) {
	var left atomic.Int64
	left.Store(n)
	b.ControlKey(int16(key), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.KeepControl() // for good: past n it lets requests through
		if left.Add(-1) < 0 {
			return nil, nil, false
		}
		return nil, errDropped, true
	})
}

// errDropped makes kfake close the connection of the request.
var errDropped = errors.New("streamtest: connection dropped")
