package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/dns/dnsmessage"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const domain = ".svc.cluster.local."

// names answers SERVICE.NAMESPACE.svc.cluster.local by the address of the Service; nothing else has a name here.
type names struct{ cluster kubernetes.Interface }

func newNamesCommand() *cobra.Command {
	var kubeconfig, listen string
	command := &cobra.Command{
		Use: "dns",
		RunE: func(*cobra.Command, []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return err
			}
			config.QPS = -1
			cluster, err := kubernetes.NewForConfig(config)
			if err != nil {
				return err
			}
			return names{cluster}.serve(listen)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "who asks the API server")
	command.Flags().StringVar(&listen, "listen", "", "host and port")
	return command
}

func (n names) serve(listen string) error {
	socket, err := net.ListenPacket("udp", listen)
	if err != nil {
		return err
	}
	packet := make([]byte, 1232)
	for {
		size, client, err := socket.ReadFrom(packet)
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			continue
		}
		var question dnsmessage.Message
		if question.Unpack(packet[:size]) != nil || len(question.Questions) != 1 {
			continue
		}
		go func() {
			answer := n.answer(question)
			if packed, err := answer.Pack(); err == nil {
				_, _ = socket.WriteTo(packed, client)
			}
		}()
	}
}

func (n names) answer(message dnsmessage.Message) dnsmessage.Message {
	question := message.Questions[0]
	message.Response = true
	message.Authoritative = true
	message.Additionals = nil
	address, err := n.address(strings.ToLower(question.Name.String()))
	switch {
	case err != nil:
		message.RCode = dnsmessage.RCodeNameError
	case question.Type == dnsmessage.TypeA:
		message.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 5},
			Body:   &dnsmessage.AResource{A: address.As4()},
		}}
	}
	return message
}

func (n names) address(name string) (netip.Addr, error) {
	labels := strings.Split(strings.TrimSuffix(name, domain), ".")
	if !strings.HasSuffix(name, domain) || len(labels) != 2 {
		return netip.Addr{}, errors.New("no service's name")
	}
	service, err := n.cluster.CoreV1().Services(labels[1]).Get(context.Background(), labels[0], meta.GetOptions{})
	if err != nil {
		return netip.Addr{}, err
	}
	return netip.ParseAddr(service.Spec.ClusterIP)
}
