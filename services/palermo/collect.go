package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/stream"
)

// rawShown bounds how much of a refused line is kept in rejected.ndjson, in bytes.
const rawShown = 4 << 10

// collector takes what the last stage writes and turns it into the result
// files. A cluster's id may still change while ads arrive (two clusters are
// found to be one), so ads and clusters go to work files first and are written
// out at the end; memory holds a few dozen bytes an ad.
type collector struct {
	dir                     string
	ads, clusters           *workFile
	rejected                *workFile
	topicAds, topicClusters string
	members                 []memberRef
	byDoc                   map[[16]byte]uint32
	superseded              map[uint32]bool
	platforms               map[string]string
	byCluster               map[string]*clusterRef
	line                    bytes.Buffer
	repeated                int
	mu                      sync.Mutex // guards what reject touches
	rejects                 int
	rejectsByCode           map[string]int
	firstRejects            []rejectedLine
	scoredAd                adpb.ScoredAdResult
	scoredCluster           adpb.ScoredClusterRank
	level                   map[string]int
}

// readView decodes a view of an event: what the view lacks is passed over.
var readView = proto.UnmarshalOptions{DiscardUnknown: true}

// memberRef is one ad in the order of the work file.
type memberRef struct {
	platform, id string
	cluster      *clusterRef
	// offset is where the ad's line begins in the work file.
	offset int64
}

// clusterRef is where the latest state of a cluster stands in the work file.
type clusterRef struct {
	id         string
	offset     int64
	length     int
	score      float64
	level      adpb.Level
	mergedInto string
	members    []memberLine
}

func newCollector(dir, topicAds, topicClusters string) (*collector, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, usagef("cannot make the output folder %s: %w", printable(dir), err)
	}
	c := &collector{
		dir: dir, topicAds: topicAds, topicClusters: topicClusters,
		byDoc: map[[16]byte]uint32{}, superseded: map[uint32]bool{}, platforms: map[string]string{},
		byCluster: map[string]*clusterRef{}, rejectsByCode: map[string]int{}, level: map[string]int{},
	}
	for _, f := range []struct {
		to   **workFile
		name string
	}{{&c.ads, "ads"}, {&c.clusters, "clusters"}, {&c.rejected, "rejected"}} {
		w, err := newWorkFile(dir, f.name)
		if err != nil {
			return nil, errors.Join(usagef("cannot write to the output folder %s: %w", printable(dir), err), c.discard())
		}
		*f.to = w
	}
	return c, nil
}

// discard removes the work files.
func (c *collector) discard() error {
	var errs []error
	for _, w := range []*workFile{c.ads, c.clusters, c.rejected} {
		if w != nil {
			errs = append(errs, w.remove())
		}
	}
	return errors.Join(errs...)
}

// take stores what the scorer wrote.
func (c *collector) take(messages []stream.Message) error {
	for _, m := range messages {
		var err error
		switch m.Topic {
		case c.topicAds:
			err = c.takeAd(m.Value)
		case c.topicClusters:
			err = c.takeCluster(string(m.Key), m.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) takeAd(value []byte) error {
	c.scoredAd.Reset()
	if err := readView.Unmarshal(value, &c.scoredAd); err != nil {
		return fmt.Errorf("decode scored ad: %w", err)
	}
	var doc [16]byte
	if _, err := hex.Decode(doc[:], []byte(c.scoredAd.GetAd().GetDocId())); err != nil {
		return fmt.Errorf("decode ad id: %w", err)
	}
	n := uint32(len(c.members))
	if old, ok := c.byDoc[doc]; ok {
		c.superseded[old] = true
		c.repeated++
	}
	c.byDoc[doc] = n
	line := newAdLine(&c.scoredAd)
	platform, ok := c.platforms[line.Platform]
	if !ok {
		platform = line.Platform
		c.platforms[platform] = platform
	}
	c.members = append(c.members, memberRef{
		platform: platform, id: line.ID, cluster: c.cluster(line.ClusterID), offset: c.ads.size,
	})
	return c.ads.writeJSON(&c.line, line)
}

// cluster returns the reference of a cluster id, made at first sight: an ad is
// written before its cluster.
func (c *collector) cluster(id string) *clusterRef {
	ref := c.byCluster[id]
	if ref == nil {
		ref = &clusterRef{id: id}
		c.byCluster[id] = ref
	}
	return ref
}

func (c *collector) takeCluster(id string, value []byte) error {
	c.scoredCluster.Reset()
	if err := readView.Unmarshal(value, &c.scoredCluster); err != nil {
		return fmt.Errorf("decode scored cluster: %w", err)
	}
	ref := c.cluster(id)
	ref.offset, ref.length = c.clusters.size, len(value)
	ref.score = c.scoredCluster.GetAssessment().GetScore()
	ref.level = c.scoredCluster.GetAssessment().GetLevel()
	ref.mergedInto = c.scoredCluster.GetMergedInto()
	return c.clusters.write(value)
}

// reject stores a refused record. It is safe for concurrent use.
func (c *collector) reject(r localReject) error {
	raw := r.record.Value
	if len(raw) > rawShown {
		raw = raw[:rawShown]
	}
	line := rejectedLine{
		File: r.origin.file, Line: r.origin.line, Stage: r.stage, Code: r.code,
		Reason: r.err.Error(), Raw: string(bytes.ToValidUTF8(raw, []byte("\uFFFD"))),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rejects++
	c.rejectsByCode[r.code]++
	if len(c.firstRejects) < 5 {
		c.firstRejects = append(c.firstRejects, line)
	}
	var buf bytes.Buffer
	return c.rejected.writeJSON(&buf, line)
}

// final returns the cluster that ref is part of in the end.
func (c *collector) final(ref *clusterRef) *clusterRef {
	for range len(c.byCluster) {
		next := c.byCluster[ref.mergedInto]
		if ref.mergedInto == "" || next == nil {
			return ref
		}
		ref = next
	}
	return ref
}

// finish writes the result files and returns the clusters, strongest first.
func (c *collector) finish(format resultFormat) ([]*clusterRef, error) {
	if err := c.finishAds(format); err != nil {
		return nil, err
	}
	ranked := make([]*clusterRef, 0, len(c.byCluster))
	for _, ref := range c.byCluster {
		if len(ref.members) > 0 {
			ranked = append(ranked, ref)
		}
	}
	slices.SortFunc(ranked, func(a, b *clusterRef) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(len(b.members), len(a.members)), cmp.Compare(a.id, b.id))
	})
	if err := c.finishClusters(format, ranked); err != nil {
		return nil, err
	}
	return ranked, c.rejected.publish(filepath.Join(c.dir, "rejected.ndjson"))
}

// finishAds gives every ad its final cluster. Ids have one length, so where no
// line is to be left out or converted the work file itself becomes the result.
func (c *collector) finishAds(format resultFormat) error {
	if format.inPlace && len(c.superseded) == 0 {
		return c.patchAds(filepath.Join(c.dir, "ads."+format.name))
	}
	in, err := c.ads.reader()
	if err != nil {
		return err
	}
	out, err := newWorkFile(c.dir, "ads-final")
	if err != nil {
		return err
	}
	w := format.ads(out)
	for i := range c.members {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return errors.Join(fmt.Errorf("read back ads: %w", err), out.remove())
		}
		if c.superseded[uint32(i)] {
			continue
		}
		m := &c.members[i]
		if last := c.final(m.cluster); last != m.cluster {
			line = bytes.Replace(line, clusterMember(m.cluster.id), clusterMember(last.id), 1)
			m.cluster = last
		}
		m.join()
		if err := w.write(line); err != nil {
			return errors.Join(err, out.remove())
		}
	}
	if err := w.close(); err != nil {
		return errors.Join(err, out.remove())
	}
	return errors.Join(out.publish(filepath.Join(c.dir, "ads."+format.name)), c.ads.remove())
}

// patchAds overwrites the cluster ids that have changed and publishes the file.
func (c *collector) patchAds(path string) error {
	if err := c.ads.buf.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	for i := range c.members {
		m := &c.members[i]
		if last := c.final(m.cluster); last != m.cluster {
			end := c.ads.size
			if i+1 < len(c.members) {
				end = c.members[i+1].offset
			}
			line := make([]byte, end-m.offset)
			if err := c.ads.readAt(line, m.offset); err != nil {
				return fmt.Errorf("read back ads: %w", err)
			}
			at := bytes.Index(line, clusterMember(m.cluster.id))
			if at < 0 || len(last.id) != len(m.cluster.id) {
				return fmt.Errorf("read back ads: line %d does not name cluster %s", i+1, m.cluster.id)
			}
			if _, err := c.ads.file.WriteAt(clusterMember(last.id), m.offset+int64(at)); err != nil {
				return fmt.Errorf("write result: %w", err)
			}
			m.cluster = last
		}
		m.join()
	}
	return c.ads.publish(path)
}

// join enters the ad into its cluster's members.
func (m *memberRef) join() {
	m.cluster.members = append(m.cluster.members, memberLine{Platform: m.platform, ID: m.id})
}

// clusterMember is how an ad's line names its cluster. It occurs nowhere before
// that: quotes inside the strings before it are escaped.
func clusterMember(id string) []byte { return []byte(`"cluster_id":"` + id + `"`) }

// finishClusters writes the clusters in the order of ranked. Decoding and
// encoding run on every processor, a block at a time, while the block before is
// written, since at the end of a run nothing else is left to do.
func (c *collector) finishClusters(format resultFormat, ranked []*clusterRef) error {
	out, err := newWorkFile(c.dir, "clusters-final")
	if err != nil {
		return err
	}
	if err := c.clusters.buf.Flush(); err != nil {
		return errors.Join(fmt.Errorf("write result: %w", err), out.remove())
	}
	w := format.clusters(out)
	workers := runtime.GOMAXPROCS(0)
	parts, encoded := make([]clusterLines, workers), make([]clusterLines, workers)
	const block = 2048
	for start := 0; start < len(ranked)+block; start += block {
		refs := ranked[min(start, len(ranked)):min(start+block, len(ranked))]
		var g errgroup.Group
		g.Go(func() error {
			for i := range encoded {
				if err := encoded[i].write(w); err != nil {
					return err
				}
			}
			return nil
		})
		for k := range parts {
			g.Go(func() error { return parts[k].encode(c, refs[k*len(refs)/workers:(k+1)*len(refs)/workers]) })
		}
		if err := g.Wait(); err != nil {
			return errors.Join(err, out.remove())
		}
		parts, encoded = encoded, parts
	}
	for _, ref := range ranked {
		c.level[levelName(ref.level)]++
	}
	if err := w.close(); err != nil {
		return errors.Join(err, out.remove())
	}
	return out.publish(filepath.Join(c.dir, "clusters."+format.name))
}

// clusterLines are the JSON lines of some clusters, one after the other. Its
// memory is used again.
type clusterLines struct {
	text   bytes.Buffer
	ends   []int
	loader clusterLoader
}

// encode makes the lines of refs.
func (l *clusterLines) encode(c *collector, refs []*clusterRef) error {
	l.text.Reset()
	l.ends = l.ends[:0]
	enc := json.NewEncoder(&l.text)
	for _, ref := range refs {
		line, err := l.loader.load(c.clusters, ref)
		if err != nil {
			return err
		}
		if err := enc.Encode(line); err != nil {
			return fmt.Errorf("encode cluster %s: %w", ref.id, err)
		}
		l.ends = append(l.ends, l.text.Len())
	}
	return nil
}

func (l *clusterLines) write(w lineWriter) error {
	start := 0
	for _, end := range l.ends {
		if err := w.write(l.text.Bytes()[start:end]); err != nil {
			return err
		}
		start = end
	}
	return nil
}

// clusterLoader reads clusters back from a work file. Its memory is used again:
// one goroutine at a time.
type clusterLoader struct {
	value   []byte
	summary adpb.ScoredClusterSummary
}

// load reads the latest state of a cluster back; the work file is flushed.
func (l *clusterLoader) load(from *workFile, ref *clusterRef) (clusterLine, error) {
	l.value = slices.Grow(l.value[:0], ref.length)[:ref.length]
	if err := from.readAt(l.value, ref.offset); err != nil {
		return clusterLine{}, fmt.Errorf("read back cluster %s: %w", ref.id, err)
	}
	l.summary.Reset()
	if err := readView.Unmarshal(l.value, &l.summary); err != nil {
		return clusterLine{}, fmt.Errorf("decode cluster %s: %w", ref.id, err)
	}
	return newClusterLine(&l.summary, ref.members), nil
}

// workFile is a temporary file in the output folder that becomes a result when
// it is complete, so that a run that was cut short leaves no half a result.
type workFile struct {
	file *os.File
	buf  *bufio.Writer
	size int64
}

func newWorkFile(dir, name string) (*workFile, error) {
	f, err := os.CreateTemp(dir, "."+name+"-*.tmp")
	if err != nil {
		return nil, err
	}
	return &workFile{file: f, buf: bufio.NewWriterSize(f, 256<<10)}, nil
}

func (w *workFile) write(b []byte) error {
	n, err := w.buf.Write(b)
	w.size += int64(n)
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// Write makes a workFile an io.Writer for encoders.
func (w *workFile) Write(b []byte) (int, error) {
	if err := w.write(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (w *workFile) writeJSON(buf *bytes.Buffer, v any) error {
	buf.Reset()
	if err := json.NewEncoder(buf).Encode(v); err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	return w.write(buf.Bytes())
}

func (w *workFile) reader() (*bufio.Reader, error) {
	if err := w.buf.Flush(); err != nil {
		return nil, fmt.Errorf("write result: %w", err)
	}
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read back results: %w", err)
	}
	return bufio.NewReaderSize(w.file, 256<<10), nil
}

// readAt fills b with what was flushed. It is safe for concurrent use.
func (w *workFile) readAt(b []byte, offset int64) error {
	_, err := w.file.ReadAt(b, offset)
	return err
}

// publish gives the file its final name.
func (w *workFile) publish(path string) error {
	if err := w.buf.Flush(); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), w.remove())
	}
	if err := w.file.Chmod(0o640); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), w.remove())
	}
	if err := w.file.Close(); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(w.file.Name()))
	}
	if err := os.Rename(w.file.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	w.file = nil
	return nil
}

// remove throws the file away; it does nothing once the file is published.
func (w *workFile) remove() error {
	if w.file == nil {
		return nil
	}
	name := w.file.Name()
	err := errors.Join(w.file.Close(), os.Remove(name))
	w.file = nil
	return err
}
