package scorer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad/adpb"
)

// snapshotFormat is raised whenever the form or the meaning of a snapshot changes.
const snapshotFormat = 1

// Limits on what Restore reads.
const (
	maxSnapshotMessage = 4 << 20
	maxSnapshotEntries = 1 << 28
	maxIDBytes         = 256
)

// Snapshot writes the state after the last handled batch: length-delimited
// messages, the clusters sorted by id, so that equal states give equal bytes.
// It implements stream.Stateful.
func (h *Handler) Snapshot(w io.Writer) error {
	s := h.state
	ids := make([]string, 0, len(s.entries))
	for id, e := range s.entries {
		if s.clock.since(e.touched) <= s.window {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	b := bufio.NewWriterSize(w, 1<<16)
	header := &adpb.ScorerSnapshotHeader{
		Format: snapshotFormat, NextOffset: s.next, HighestSeq: s.highest,
		Clock: s.clock.now, Pending: s.clock.pending, FirstClock: s.clock.first, Entries: uint64(len(ids)),
	}
	if err := write(b, header); err != nil {
		return err
	}
	for _, id := range ids {
		e := s.entries[id]
		if err := write(b, &adpb.ScorerSnapshotEntry{
			ClusterId: id, Version: e.version, Touched: e.touched, MergedInto: e.into, Profile: e.profile,
		}); err != nil {
			return err
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

func write(w io.Writer, m proto.Message) error {
	if _, err := (protodelim.MarshalOptions{MarshalOptions: proto.MarshalOptions{Deterministic: true}}).MarshalTo(w, m); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

// Restore replaces the state by one that Snapshot wrote. It implements
// stream.Stateful. A snapshot of another format, cut off, or with anything
// after its end is refused.
func (h *Handler) Restore(r io.Reader) error {
	s, err := restore(r, h.cfg.Window)
	if err != nil {
		return fmt.Errorf("restore the scorer: %w", err)
	}
	h.state = s
	return nil
}

func restore(r io.Reader, window time.Duration) (*state, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	opts := protodelim.UnmarshalOptions{MaxSize: maxSnapshotMessage}
	var header adpb.ScorerSnapshotHeader
	if err := opts.UnmarshalFrom(b, &header); err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	if header.GetFormat() != snapshotFormat {
		return nil, fmt.Errorf("format %d, want %d: remove the snapshot, the log is read again", header.GetFormat(), snapshotFormat)
	}
	if header.GetNextOffset() < 0 || len(header.GetPending()) >= clockAds || header.GetEntries() > maxSnapshotEntries {
		return nil, errors.New("header holds impossible values: remove the snapshot, the log is read again")
	}
	s := newState(window)
	s.next, s.highest = header.GetNextOffset(), header.GetHighestSeq()
	s.clock = clock{now: header.GetClock(), first: header.GetFirstClock(), pending: header.GetPending()}
	last := ""
	for i := range header.GetEntries() {
		var e adpb.ScorerSnapshotEntry
		if err := opts.UnmarshalFrom(b, &e); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("read cluster %d: %w", i, err)
		}
		if e.GetClusterId() <= last || len(e.GetClusterId()) > maxIDBytes {
			return nil, fmt.Errorf("cluster %d: ids are not in order", i)
		}
		// The profile is checked here, so that a bad one is found before it is
		// needed.
		if err := proto.Unmarshal(e.GetProfile(), &adpb.ClusterProfile{}); err != nil {
			return nil, fmt.Errorf("cluster %d: read profile: %w", i, err)
		}
		last = e.GetClusterId()
		s.entries[last] = entry{version: e.GetVersion(), touched: e.GetTouched(), into: e.GetMergedInto(), profile: e.GetProfile()}
	}
	if _, err := b.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the last cluster")
	}
	return s, nil
}
