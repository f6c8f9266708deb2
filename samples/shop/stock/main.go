// Stock tells how many of an item there are, and counts its visits in Redis.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

var stopping atomic.Bool

func answeredBy() string {
	if name := os.Getenv("ANSWERED_BY"); name != "" {
		return name
	}
	name, _ := os.Hostname()
	return name
}

// count adds one visit of a service, by Redis.
func count(name string) (int, error) {
	connection, err := net.Dial("tcp", "redis:6379")
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	fmt.Fprintf(connection, "INCR visits:%s\r\n", name)
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}

// mounted is the text of a mounted file; empty where it is not mounted.
func mounted(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

// seal shows which key is in use without showing the key.
func seal(key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])[:12]
}

func answerItem(response http.ResponseWriter, request *http.Request) {
	item := request.URL.Query().Get("item")
	greeting := os.Getenv("GREETING")
	apiKey := os.Getenv("API_KEY")
	visits, err := count("stock")
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadGateway)
		return
	}
	answer := map[string]any{
		"service": "stock", "answeredBy": answeredBy(), "greeting": greeting,
		"currency": mounted("/etc/shop/currency"),
		"keySeal":  seal(apiKey), "keyFileSeal": seal(mounted("/etc/keys/api-key")),
		"item": item, "visits": visits, "left": 7,
	}
	response.Header().Set("content-type", "application/json") // breakpoint: `item`, `visits` and `answer` are known
	json.NewEncoder(response).Encode(answer)
}

// echo sends the body back while it arrives.
func echo(response http.ResponseWriter, request *http.Request) {
	// Without this, Go reads a whole HTTP/1 body before it sends the first byte.
	http.NewResponseController(response).EnableFullDuplex()
	io.Copy(response, request.Body)
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/healthz", func(response http.ResponseWriter, _ *http.Request) { io.WriteString(response, "ok\n") })
	routes.HandleFunc("/who", func(response http.ResponseWriter, _ *http.Request) { io.WriteString(response, answeredBy()) })
	routes.HandleFunc("/echo", echo)
	routes.HandleFunc("/", answerItem)
	server := &http.Server{Addr: ":" + port, Handler: http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		// Clients that keep their connections open move on before this process ends.
		if stopping.Load() {
			response.Header().Set("connection", "close")
		}
		routes.ServeHTTP(response, request)
	})}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		<-stop
		// As a good citizen: Services go on routing here for a moment after SIGTERM.
		stopping.Store(true)
		time.Sleep(3 * time.Second)
		server.Shutdown(context.Background())
		close(done)
	}()
	fmt.Printf("stock listens on %s\n", port)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-done
}
