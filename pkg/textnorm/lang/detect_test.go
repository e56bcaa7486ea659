package lang

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/datatest"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"dibutuhkan segera karyawan pabrik di luar negeri, gaji besar, tanpa pengalaman": "id",
		"lowongan kerja admin online gaji 15 juta per bulan":                             "id",
		"jawatan kosong pembantu kedai, gaji rm 1500 sebulan, asrama disediakan percuma": "ms",
		"we are looking for an experienced software engineer to join our team":           "en",
		"naghahanap kami ng mga kasambahay na gustong magtrabaho sa ibang bansa":         "tl",
		"tuyển dụng lao động đi làm việc tại nước ngoài, lương cao":                      "vi",
		"รับสมัครพนักงานทำงานต่างประเทศ":                                                 "th",
		"ត្រូវការបុគ្គលិកធ្វើការនៅប៉ោយប៉ែត":                                              "km",
		"требуются рабочие на завод, высокая зарплата":                                   "ru",
		"招聘海外客服，包吃包住":                                                                    "zh",
		"海外で働くスタッフを募集しています":                                                              "ja",
		"해외 근무 직원을 모집합니다":                                                                "ko",
		"مطلوب عاملات منازل":                                                             "ar",
		"":                                                                               Undetermined,
		"0812 3456 7890":                                                                 Undetermined,
		"ok":                                                                             Undetermined,
		"xqzk wvxq zzkq qxjz":                                                            Undetermined,
	} {
		got, confidence := Detect([]byte(text))
		require.Equal(t, want, got, text)
		require.GreaterOrEqual(t, confidence, 0.0)
		require.LessOrEqual(t, confidence, 1.0)
	}
}

func TestModel(t *testing.T) {
	t.Parallel()
	_, err := parse(modelFile)
	require.NoError(t, err)
	_, err = parse(modelFile[1:])
	require.Error(t, err)
}

func adverts(tb testing.TB, name string) []string {
	tb.Helper()
	f, err := os.Open(datatest.File(tb, name))
	require.NoError(tb, err)
	defer func() { require.NoError(tb, f.Close()) }()
	var out []string
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var a struct{ Title, Text string }
		require.NoError(tb, json.Unmarshal(s.Bytes(), &a))
		out = append(out, strings.ToLower(a.Title+"\n"+a.Text))
	}
	require.NoError(tb, s.Err())
	return out
}

// The real adverts have no language of their own that can be trusted: a share
// of the Indonesian ones is written in English. The bounds hold that few of
// them are taken for anything else; about one in twenty is too short or too
// mixed to tell.
func TestDetectRealAdverts(t *testing.T) {
	t.Parallel()
	count := func(ads []string) map[string]int {
		m := map[string]int{}
		for _, s := range ads {
			code, _ := Detect([]byte(s))
			m[code]++
		}
		t.Log(len(ads), m)
		return m
	}
	english := adverts(t, "fake_jobs/fake_jobs.ndjson")
	require.Greater(t, count(english)["en"]*100, 98*len(english))
	mixed := adverts(t, "jobs_id/jobs_id.ndjson")
	m := count(mixed)
	require.Greater(t, (m["id"]+m["en"])*100, 92*len(mixed))
	require.Less(t, m["ms"]*100, 2*len(mixed))
}

func BenchmarkDetect(b *testing.B) {
	text := []byte(strings.Repeat("we are looking for an experienced software engineer. ", 12))[:600]
	load()
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Detect(text)
	}
}

func FuzzDetect(f *testing.F) {
	f.Add([]byte("lowongan kerja"))
	f.Fuzz(func(t *testing.T, b []byte) {
		code, c := Detect(b)
		require.NotEmpty(t, code)
		require.True(t, c >= 0 && c <= 1)
	})
}
