package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/google/uuid"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Hello from Go, answer %s\n", uuid.NewString())
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
