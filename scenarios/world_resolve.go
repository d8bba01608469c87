package scenarios

import (
	"net"
	"os"
	"slices"
	"strconv"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file replaces the placeholders of the scenario. Their values are known when the servers have
// their addresses.

// listeners holds the open listeners of a world.
type listeners struct{ fake, proxy net.Listener }

// listen opens the addresses of the servers. It runs first, because placeholders need the endpoint.
func (w *world) listen(front, back network) (l listeners, err error) {
	if l.fake, err = back.listen("s3"); err != nil {
		return l, err
	}
	w.opened = append(w.opened, l.fake)
	if l.proxy, err = front.listen(proxyName); err != nil {
		return l, err
	}
	w.opened = append(w.opened, l.proxy)
	w.address = l.proxy.Addr().String()
	host := w.address
	if at, ok := l.proxy.Addr().(*net.TCPAddr); ok && w.virtualHosted {
		host = net.JoinHostPort(hostName, strconv.Itoa(at.Port))
	}
	w.endpoint = "http://" + host
	if w.tls {
		w.endpoint = "https://" + host
	}
	return l, nil
}

// speaksTLS reports whether the scenario has a TLS fault or an encryption key of the customer, so
// that the proxy has to speak TLS.
func speaksTLS(s *Scenario) bool {
	return s.EncryptsWithKeys() ||
		slices.ContainsFunc(s.AllRules(), func(r faultproxy.Rule) bool { return r.Fault.Kind() == "tls" })
}

// resolve replaces the placeholders in the texts of the scenario. It creates the certificate
// authority if TLS or a text needs it. It does so inside the bubble, whose clock starts in 2000, so
// that the certificates are valid there.
func (w *world) resolve() error {
	dir, err := w.scenario.Folder()
	if err != nil {
		return err
	}
	tls := w.tls
	certify := tls
	w.place = func(name string) string {
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
	}
	w.scenario = w.scenario.Resolve(w.place)
	if !certify {
		return nil
	}
	names := []string{proxyName + ".test", hostName, "127.0.0.1"}
	for _, base := range w.bases() {
		names = append(names, "*."+base)
		for _, bucket := range w.scenario.Buckets { // some clients accept no wildcard directly below a top-level name
			names = append(names, bucket+"."+base)
		}
	}
	authority, err := faultproxy.NewAuthority(names...)
	if err != nil {
		return err
	}
	if tls {
		w.authority = authority
	}
	return os.WriteFile(w.scratch(authorityFile), authority.PEM(), 0o600)
}

// authorityFile is the name of the file with the certificate authority for programs.
const authorityFile = "ca.pem"
