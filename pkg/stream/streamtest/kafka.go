//go:build unix

package streamtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/proctest"
	"palermo.internal/pkg/stream"
)

const (
	// EnvKafka names the environment variable with brokers of the user's own to
	// test against, host:port, separated by commas. Tests make topics and groups
	// whose names begin with "palermo-test-", and leave them.
	EnvKafka = "PALERMO_E2E_KAFKA"
	// EnvKafkaLibs names the environment variable with a folder of Apache Kafka's
	// jars that tests may start brokers of their own from.
	EnvKafkaLibs = "PALERMO_KAFKA_LIBS"

	// AdminUser may do everything on a secure Kafka.
	AdminUser = "palermo-admin"
)

// Kafka is an Apache Kafka broker, a process of a test's own, on the loopback
// interface.
type Kafka struct {
	*proctest.Process
	dir, libs, java string
	port            int
	opt             KafkaOptions
	ca              *x509.CertPool
}

// KafkaOptions say what kind of broker to start.
type KafkaOptions struct {
	// Secure asks for TLS, SCRAM-SHA-512 and an authorizer that refuses what no
	// ACL allows.
	Secure bool
	// Users are names and passwords to log in with; on a Secure broker only.
	// AdminUser must be one of them to do anything at all.
	Users map[string]string
	// Heap is the broker's heap as Java writes it, "512m" if empty.
	Heap string
}

// StartKafka starts a broker from the jars in EnvKafkaLibs and waits until it
// answers; it skips the test where there are none. The broker ends with the
// test.
func StartKafka(tb testing.TB, opt KafkaOptions) *Kafka {
	tb.Helper()
	libs := os.Getenv(EnvKafkaLibs)
	if libs == "" {
		tb.Skipf("Apache Kafka: set %s to a folder with its jars (make integration does)", EnvKafkaLibs)
	}
	if opt.Heap == "" {
		opt.Heap = "512m"
	}
	k := &Kafka{dir: tb.TempDir(), libs: libs, java: proctest.Java(tb), port: proctest.FreePort(tb), opt: opt}
	k.prepare(tb, proctest.FreePort(tb))
	k.Process = &proctest.Process{
		Name:    "Apache Kafka",
		Command: func() *exec.Cmd { return k.run("kafka.Kafka", k.path("server.properties")) },
		Ready:   k.ready,
		// A log that was cut off is checked on the way up.
		BootTimeout: 2 * time.Minute,
	}
	k.Start(tb)
	return k
}

// Version is the broker's version, as its jar says.
func (k *Kafka) Version() string {
	names, err := filepath.Glob(filepath.Join(k.libs, "kafka_*.jar"))
	if err != nil || len(names) == 0 {
		return "unknown"
	}
	name := strings.TrimSuffix(filepath.Base(names[0]), ".jar")
	return name[strings.LastIndex(name, "-")+1:]
}

// Brokers returns the broker's address, which stays the same over a restart.
func (k *Kafka) Brokers() []string { return []string{fmt.Sprintf("127.0.0.1:%d", k.port)} }

// CAFile returns the path of the certificate that a Secure broker's chain ends in.
func (k *Kafka) CAFile() string { return k.path("ca.pem") }

// Security returns how user speaks to the broker.
func (k *Kafka) Security(user string) stream.Security {
	if !k.opt.Secure {
		return stream.Security{}
	}
	return stream.Security{
		TLS:  &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: k.ca},
		SASL: stream.SASL{Mechanism: "SCRAM-SHA-512", Username: user, Password: k.opt.Users[user]},
	}
}

// Admin returns an Admin for user, closed with the test.
func (k *Kafka) Admin(tb testing.TB, user string) *stream.Admin {
	tb.Helper()
	a, err := stream.NewAdmin(stream.AdminConfig{Brokers: k.Brokers(), Security: k.Security(user)})
	require.NoError(tb, err)
	tb.Cleanup(a.Close)
	return a
}

func (k *Kafka) path(name string) string { return filepath.Join(k.dir, name) }

func (k *Kafka) run(class string, args ...string) *exec.Cmd {
	//nolint:noctx,gosec // the process outlives any call, Process ends it; its words are the test's own
	cmd := exec.Command(k.java, append([]string{
		"-Xms256m", "-Xmx" + k.opt.Heap, "-Dlog4j2.configurationFile=" + k.path("log4j2.properties"),
		"-cp", filepath.Join(k.libs, "*"), class,
	}, args...)...)
	cmd.Dir = k.dir
	return cmd
}

// ready asks the broker for its versions, as an administrator where it is secure.
func (k *Kafka) ready(ctx context.Context) error {
	a, err := stream.NewAdmin(stream.AdminConfig{Brokers: k.Brokers(), Security: k.Security(AdminUser), Timeout: 5 * time.Second})
	if err != nil {
		return err
	}
	defer a.Close()
	return a.Ping(ctx)
}

// prepare writes the settings and formats the data folder.
func (k *Kafka) prepare(tb testing.TB, controller int) {
	tb.Helper()
	protocol := "PLAINTEXT"
	lines := []string{
		"process.roles=broker,controller",
		"node.id=1",
		fmt.Sprintf("controller.quorum.bootstrap.servers=127.0.0.1:%d", controller),
		"controller.listener.names=CONTROLLER",
		"log.dirs=" + k.path("data"),
		"num.partitions=1",
		"num.network.threads=2",
		"num.io.threads=2",
		"offsets.topic.replication.factor=1",
		"offsets.topic.num.partitions=3",
		"transaction.state.log.replication.factor=1",
		"transaction.state.log.min.isr=1",
		"share.coordinator.state.topic.replication.factor=1",
		"share.coordinator.state.topic.min.isr=1",
		"group.initial.rebalance.delay.ms=0",
		// Tests have no half minutes to wait for a member that was killed.
		"group.min.session.timeout.ms=1000",
		"auto.create.topics.enable=false",
		"log.segment.bytes=67108864",
	}
	if k.opt.Secure {
		protocol = "SASL_SSL"
		k.certify(tb)
		lines = append(lines,
			"ssl.keystore.type=PEM", "ssl.keystore.location="+k.path("server.pem"),
			"sasl.enabled.mechanisms=SCRAM-SHA-512",
			"sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512",
			"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
			// The controller listens in clear on the loopback interface.
			"super.users=User:"+AdminUser+";User:ANONYMOUS",
			"listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "+
				`username="`+AdminUser+`" password="`+k.opt.Users[AdminUser]+`";`,
		)
	}
	lines = append(lines,
		fmt.Sprintf("listeners=%s://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", protocol, k.port, controller),
		fmt.Sprintf("advertised.listeners=%s://127.0.0.1:%d", protocol, k.port),
		"listener.security.protocol.map="+protocol+":"+protocol+",CONTROLLER:PLAINTEXT",
		"inter.broker.listener.name="+protocol,
	)
	if k.opt.Secure {
		lines = append(lines, "ssl.truststore.type=PEM", "ssl.truststore.location="+k.path("ca.pem"))
	}
	k.write(tb, "server.properties", strings.Join(lines, "\n")+"\n")
	k.write(tb, "log4j2.properties", `status=error
rootLogger.level=warn
rootLogger.appenderRef.stdout.ref=STDOUT
appender.stdout.type=Console
appender.stdout.name=STDOUT
appender.stdout.layout.type=PatternLayout
appender.stdout.layout.pattern=%d %p %c %m%n
`)
	args := []string{"format", "--standalone", "--cluster-id", "cGFsZXJtby10ZXN0LTEyMw", "-c", k.path("server.properties")}
	for user, password := range k.opt.Users {
		args = append(args, "--add-scram", fmt.Sprintf("SCRAM-SHA-512=[name=%s,password=%s]", user, password))
	}
	out, err := k.run("kafka.tools.StorageTool", args...).CombinedOutput()
	require.NoError(tb, err, "format the broker's folder: %s", out)
}

func (k *Kafka) write(tb testing.TB, name, content string) {
	tb.Helper()
	require.NoError(tb, os.WriteFile(k.path(name), []byte(content), 0o600))
}

// certify makes a certificate authority and the broker's certificate.
func (k *Kafka) certify(tb testing.TB) {
	tb.Helper()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "palermo test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	require.NoError(tb, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, server, ca, &key.PublicKey, caKey)
	require.NoError(tb, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(tb, err)
	block := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	k.write(tb, "ca.pem", block("CERTIFICATE", caDER))
	k.write(tb, "server.pem", block("PRIVATE KEY", keyDER)+block("CERTIFICATE", der)+block("CERTIFICATE", caDER))
	k.ca = x509.NewCertPool()
	cert, err := x509.ParseCertificate(caDER)
	require.NoError(tb, err)
	k.ca.AddCert(cert)
}
