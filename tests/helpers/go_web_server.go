// A web server in Go for the tests: HTTP/1.1 and HTTP/2 over TLS; its page is chunked and compressed.
package main

import (
	"compress/gzip"
	"flag"
	"net/http"
	"strings"
)

func main() {
	listen := flag.String("listen", "", "address and port")
	certificate := flag.String("cert", "", "PEM file")
	key := flag.String("key", "", "PEM file")
	flag.Parse()
	http.HandleFunc("/", func(answer http.ResponseWriter, request *http.Request) {
		http.SetCookie(answer, &http.Cookie{Name: "sesi", Value: "rahasia", HttpOnly: true,
			SameSite: http.SameSiteStrictMode, Path: "/"})
		answer.Header().Set("Content-Type", "text/html; charset=utf-8")
		answer.Header().Set("Content-Encoding", "gzip")
		packer := gzip.NewWriter(answer)
		packer.Write([]byte(`<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'self'">`))
		packer.Flush()
		answer.(http.Flusher).Flush()
		packer.Write([]byte("<p>" + strings.Repeat("isi ", 1000)))
		packer.Close()
	})
	http.ListenAndServeTLS(*listen, *certificate, *key, nil)
}
