package stream

// SetHook makes r call f after each step of a batch; its error stands for a
// crash at that point.
func SetHook(r *Runner, f func(partition int, step string) error) { r.hook = f }

// Steps are the steps of a batch in their order.
var Steps = []string{stepHandled, stepWritten, stepDeadLetters, stepSnapshot, stepCommitted}
