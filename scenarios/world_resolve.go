package scenarios

import (
	"net"
	"os"
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file gives the scenario's placeholders their values, which are known once the world has its
// addresses.

// listeners are the addresses of a world.
type listeners struct{ fake, proxy net.Listener }

// listen opens the addresses, so that the endpoint is known before anything is put in its place.
func (w *world) listen(front, back network) (l listeners, err error) {
	if l.fake, err = back.listen("s3"); err != nil {
		return l, err
	}
	w.opened = append(w.opened, l.fake)
	if l.proxy, err = front.listen(proxyName); err != nil {
		return l, err
	}
	w.opened = append(w.opened, l.proxy)
	w.endpoint = "http://" + l.proxy.Addr().String()
	if speaksTLS(w.scenario) {
		w.endpoint = "https://" + l.proxy.Addr().String()
	}
	return l, nil
}

// speaksTLS reports whether the proxy speaks TLS: only where a fault of TLS asks for it.
func speaksTLS(s *Scenario) bool {
	return slices.ContainsFunc(s.Rules(), func(r faultproxy.Rule) bool { return r.Fault.Kind() == "tls" })
}

// resolve gives the texts of the scenario the values of their placeholders, and makes the
// certificate authority where TLS or a text needs one. It is made here because the clock of a
// bubble starts in 2000.
func (w *world) resolve() error {
	dir, err := w.scenario.Folder()
	if err != nil {
		return err
	}
	tls := speaksTLS(w.scenario)
	certify := tls
	w.scenario = w.scenario.Resolve(func(name string) string {
		switch name {
		case script.PlaceEndpoint:
			return w.endpoint
		case script.PlaceDir:
			return dir
		case script.PlaceCA:
			certify = true
			return w.scratch(authorityFile)
		}
		return w.workdir
	})
	if !certify {
		return nil
	}
	authority, err := faultproxy.NewAuthority(proxyName+".test", "localhost", "127.0.0.1")
	if err != nil {
		return err
	}
	if tls {
		w.authority = authority
	}
	return os.WriteFile(w.scratch(authorityFile), authority.PEM(), 0o600)
}

// authorityFile is where a program finds the authority to trust.
const authorityFile = "ca.pem"
