// Package scorer is the stage that judges adverts and clusters.
//
// It reads one partition of ads.clustered, which is keyed by cluster: so a
// cluster's whole history is in one partition, and the state of a Handler is a
// function of its partition's log. For every assignment it writes the scored
// advert; at the end of a batch, every cluster that changed.
//
// A cluster that is found to be part of an older one becomes a tombstone that
// names it. Its profile goes to the older one: directly where this partition
// holds it, and otherwise as a transfer on ads.clustered, keyed by the older
// cluster. A transfer that arrives for a tombstone goes on in the same way.
// Each is absorbed once, however often it comes.
//
// What is counted once stays counted once: records below the offset that the
// state covers, and assignments whose seq is not above the highest that was
// counted, change no profile; their outputs are made again, since whoever sent
// them may have died before the write. An advert that was changed counts in
// its new cluster and stays counted in its old one.
//
// Profiles are kept marshalled, so that millions of clusters of one advert are
// cheap, and dropped when a cluster was silent for the window, by event time:
// the highest median of 256 successive adverts' times, which a minority of
// false times cannot move.
//
// A batch either changes the state as a whole or not at all. A Handler is used
// by one goroutine at a time; inside a batch it uses all processors, and the
// outputs do not depend on how many there are.
package scorer
