package ops

import (
	"fmt"
	"io"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// The keys of log fields. A field's key is always one of these, so that logs
// can be searched; no field ever holds ad text, a contact or a raw message.
const (
	FieldStage      = "stage"
	FieldTopic      = "topic"
	FieldPartition  = "partition"
	FieldOffset     = "offset"
	FieldGeneration = "generation"
	FieldAttempt    = "attempt"
	FieldCode       = "code"
	FieldAdID       = "ad_id"
	FieldClusterID  = "cluster_id"
	FieldDuration   = "duration"
)

// LogConfig says what is logged and how.
type LogConfig struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is json or console.
	Format string `yaml:"format"`
}

// Validate checks level and format.
func (c LogConfig) Validate() error {
	if _, err := zapcore.ParseLevel(c.Level); err != nil {
		return fmt.Errorf("log.level: %q is not a level: use debug, info, warn or error", c.Level)
	}
	if c.Format != "json" && c.Format != "console" {
		return fmt.Errorf("log.format: %q is not a format: use json or console", c.Format)
	}
	return nil
}

// NewLogger returns a logger that writes to w (standard error, in a main). It
// does not sample: every line counts. An invalid LogConfig is an error.
func NewLogger(c LogConfig, w io.Writer) (*zap.Logger, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	level, err := zapcore.ParseLevel(c.Level)
	if err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	ec := zap.NewProductionEncoderConfig()
	ec.TimeKey = "time"
	ec.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	ec.EncodeDuration = zapcore.StringDurationEncoder
	enc := zapcore.NewJSONEncoder(ec)
	if c.Format == "console" {
		ec.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		enc = zapcore.NewConsoleEncoder(ec)
	}
	return zap.New(zapcore.NewCore(enc, zapcore.Lock(zapcore.AddSync(w)), level)), nil
}
