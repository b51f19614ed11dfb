// A TLS server for tests: it shakes hands, answers one read, and closes.
package main

import (
	"crypto/tls"
	"flag"
	"log"
	"net"
	"strconv"
	"strings"
)

func numbers(text string) []tls.CurveID {
	var out []tls.CurveID
	for _, part := range strings.Split(text, ",") {
		if part == "" {
			continue
		}
		code, err := strconv.Atoi(part)
		if err != nil {
			log.Fatal(err)
		}
		out = append(out, tls.CurveID(code))
	}
	return out
}

func main() {
	listen := flag.String("listen", "", "address and port")
	cert := flag.String("cert", "", "PEM file of the chain")
	key := flag.String("key", "", "PEM file of the key")
	groups := flag.String("groups", "", "code points, by comma; Go's own where empty")
	alpn := flag.String("alpn", "", "protocol ids, by comma")
	highest := flag.Int("max", 0, "highest version")
	lowest := flag.Int("min", 0, "lowest version")
	noTickets := flag.Bool("no-tickets", false, "issue no session tickets")
	flag.Parse()
	pair, err := tls.LoadX509KeyPair(*cert, *key)
	if err != nil {
		log.Fatal(err)
	}
	config := &tls.Config{
		Certificates:           []tls.Certificate{pair},
		CurvePreferences:       numbers(*groups),
		MaxVersion:             uint16(*highest),
		MinVersion:             uint16(*lowest),
		SessionTicketsDisabled: *noTickets,
	}
	if *alpn != "" {
		config.NextProtos = strings.Split(*alpn, ",")
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer connection.Close()
			secured := tls.Server(connection, config)
			if secured.Handshake() == nil {
				secured.Read(make([]byte, 1024))
				secured.Close()
			}
		}()
	}
}
