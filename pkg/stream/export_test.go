package stream

// SetHook makes r call f after each step of a batch; its error stands for a
// crash at that point.
func SetHook(r *Runner, f func(partition int, step string) error) { r.hook = f }

// Steps are the steps of a batch in their order.
var Steps = []string{stepHandled, stepWritten, stepDeadLetters, stepSnapshot, stepCommitted}

// TestDecompressLimit is what one batch may unfold to in tests, so that a bomb
// is cheap to defuse.
const TestDecompressLimit = 8 << 20

// Called before any test, hence before the first connection.
func init() { decompressLimit = TestDecompressLimit } //nolint:gochecknoinits // see above
