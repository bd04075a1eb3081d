package imageids
import ("testing";"context";"bytes";"strings";"time";"runtime")
func TestSpeed(t *testing.T){
 for name, data := range map[string][]byte{
  "spaces": bytes.Repeat([]byte(" "), 64<<20),
  "text": bytes.Repeat([]byte("resource \"aws_instance\" \"web\" { ami = var.ami }\n"), 1<<20),
  "oneline": bytes.Repeat([]byte("a"), 64<<20),
  "projects": bytes.Repeat([]byte("projects/"), 7<<20),
  "subs": bytes.Repeat([]byte("/subscriptions/"), 4<<20),
  "colon": bytes.Repeat([]byte("projects/a."), 6<<20),
  "ids": []byte(strings.Repeat("ami-0123456789abcdef0\n", 3<<20)),
 } {
  f := &finder{index: map[string]int{}}
  s := time.Now(); f.text(context.Background(), name, data)
  var m runtime.MemStats; runtime.ReadMemStats(&m)
  t.Log(name, len(data)>>20, "MiB", time.Since(s), len(f.found.Images), m.TotalAlloc>>20, m.HeapAlloc>>20)
  if len(f.found.Images)>0 { t.Log(len(f.found.Images[0].Places)) }
 }
}
