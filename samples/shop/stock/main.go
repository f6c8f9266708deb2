// Stock tells how many of an item there are, and counts its visits in Redis.
package main

import (
	"bufio"
	"context"
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

func answerItem(response http.ResponseWriter, request *http.Request) {
	item := request.URL.Query().Get("item")
	apiKey := os.Getenv("API_KEY")
	visits, err := count("stock")
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadGateway)
		return
	}
	answer := map[string]any{"service": "stock", "answeredBy": answeredBy(), "item": item, "visits": visits, "left": 7, "locked": len(apiKey) > 0}
	response.Header().Set("content-type", "application/json") // breakpoint: `item`, `visits` and `answer` are known
	json.NewEncoder(response).Encode(answer)
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/healthz", func(response http.ResponseWriter, _ *http.Request) { io.WriteString(response, "ok\n") })
	routes.HandleFunc("/who", func(response http.ResponseWriter, _ *http.Request) { io.WriteString(response, answeredBy()) })
	routes.HandleFunc("/echo", func(response http.ResponseWriter, request *http.Request) { io.Copy(response, request.Body) })
	routes.HandleFunc("/", answerItem)
	server := &http.Server{Addr: ":" + port, Handler: http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
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
		// The way of a good citizen: Services go on routing here for a moment after SIGTERM.
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
