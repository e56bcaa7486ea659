package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
)

// workload is a pod as a controller makes it.
type workload struct {
	name     string
	job      bool
	selector *metav1.LabelSelector // nil for a job
	pod      corev1.PodTemplateSpec
	// claims are the volumes that a StatefulSet adds.
	claims []string
}

// problems collects what is wrong, each with the object's name.
type problems struct{ errs []error }

func (p *problems) add(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}

// checkAll returns everything that is wrong, joined.
func checkAll(objects []runtime.Object) error {
	var p problems
	accounts, configs := map[string]bool{}, map[string]bool{}
	seen := map[string]bool{}
	var loads []workload
	for _, o := range objects {
		m, ok := o.(metav1.Object)
		if !ok {
			p.add("%T has no name", o)
			continue
		}
		id := o.GetObjectKind().GroupVersionKind().Kind + " " + m.GetName()
		if seen[id] {
			p.add("%s is there twice", id)
		}
		seen[id] = true
		for _, e := range validation.IsDNS1123Subdomain(m.GetName()) {
			p.add("%s: %s", id, e)
		}
		for k, v := range m.GetLabels() {
			for _, e := range append(validation.IsQualifiedName(k), validation.IsValidLabelValue(v)...) {
				p.add("%s: label %s: %s", id, k, e)
			}
		}
		switch o := o.(type) {
		case *corev1.ServiceAccount:
			accounts[o.Name] = true
			if o.AutomountServiceAccountToken == nil || *o.AutomountServiceAccountToken {
				p.add("%s: mounts its token", id)
			}
		case *corev1.ConfigMap:
			configs[o.Name] = true
		case *corev1.Secret:
			p.add("%s: the chart holds a secret", id)
		case *appsv1.Deployment:
			loads = append(loads, workload{name: id, selector: o.Spec.Selector, pod: o.Spec.Template})
		case *appsv1.StatefulSet:
			w := workload{name: id, selector: o.Spec.Selector, pod: o.Spec.Template}
			for _, c := range o.Spec.VolumeClaimTemplates {
				w.claims = append(w.claims, c.Name)
			}
			loads = append(loads, w)
		case *batchv1.Job:
			loads = append(loads, workload{name: id, job: true, pod: o.Spec.Template})
		}
	}
	for _, w := range loads {
		p.checkPod(w, accounts, configs)
	}
	for _, o := range objects {
		p.checkSelectors(o, loads)
	}
	return errors.Join(p.errs...)
}

func (p *problems) checkPod(w workload, accounts, configs map[string]bool) {
	s := w.pod.Spec
	if w.selector != nil && !matches(w.selector, w.pod.Labels) {
		p.add("%s: its selector does not match its own pods", w.name)
	}
	if !accounts[s.ServiceAccountName] {
		p.add("%s: service account %q is not in the chart", w.name, s.ServiceAccountName)
	}
	if s.AutomountServiceAccountToken == nil || *s.AutomountServiceAccountToken {
		p.add("%s: mounts a token", w.name)
	}
	if s.HostNetwork || s.HostPID || s.HostIPC {
		p.add("%s: shares a namespace with its node", w.name)
	}
	if !w.job && (s.TerminationGracePeriodSeconds == nil || *s.TerminationGracePeriodSeconds < 45) {
		p.add("%s: has less than 45 s to stop", w.name)
	}
	c := s.SecurityContext
	switch {
	case c == nil:
		p.add("%s: has no security context", w.name)
	case c.RunAsNonRoot == nil || !*c.RunAsNonRoot || c.RunAsUser == nil || *c.RunAsUser == 0:
		p.add("%s: may run as root", w.name)
	case c.SeccompProfile == nil || c.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault:
		p.add("%s: has no seccomp profile", w.name)
	}
	volumes := slices.Clone(w.claims)
	for _, v := range s.Volumes {
		volumes = append(volumes, v.Name)
		if v.HostPath != nil {
			p.add("%s: volume %s is a folder of the node", w.name, v.Name)
		}
		if v.ConfigMap != nil && v.Name == "config" && !configs[v.ConfigMap.Name] {
			p.add("%s: ConfigMap %s is not in the chart", w.name, v.ConfigMap.Name)
		}
	}
	for _, c := range slices.Concat(s.InitContainers, s.Containers) {
		p.checkContainer(w, c, volumes)
	}
}

func (p *problems) checkContainer(w workload, c corev1.Container, volumes []string) {
	bad := func(format string, args ...any) { p.add(w.name+": "+format, args...) }
	sc := c.SecurityContext
	switch {
	case sc == nil:
		bad("container %s has no security context", c.Name)
	case sc.Privileged != nil && *sc.Privileged, sc.AllowPrivilegeEscalation == nil || *sc.AllowPrivilegeEscalation:
		bad("container %s may gain privileges", c.Name)
	case sc.ReadOnlyRootFilesystem == nil || !*sc.ReadOnlyRootFilesystem:
		bad("container %s may write to its root", c.Name)
	case sc.Capabilities == nil || !slices.Contains(sc.Capabilities.Drop, "ALL") || len(sc.Capabilities.Add) > 0:
		bad("container %s keeps capabilities", c.Name)
	}
	tag := c.Image[strings.LastIndexAny(c.Image, ":/@")+1:]
	if !strings.ContainsAny(c.Image, ":@") || tag == "latest" {
		bad("image %s is of no fixed version", c.Image)
	}
	if c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() || c.Resources.Limits.Memory().IsZero() {
		bad("container %s has no requests, or no limit of memory", c.Name)
	}
	if !w.job && (c.LivenessProbe == nil || c.ReadinessProbe == nil) {
		bad("container %s has no probes", c.Name)
	}
	for _, pr := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe} {
		if pr != nil && pr.HTTPGet != nil && !hasPort(c, pr.HTTPGet.Port.String()) {
			bad("container %s: a probe asks port %s, which it has not", c.Name, pr.HTTPGet.Port.String())
		}
	}
	paths := map[string]bool{}
	for _, m := range c.VolumeMounts {
		if !slices.Contains(volumes, m.Name) {
			bad("container %s mounts %s, which is no volume", c.Name, m.Name)
		}
		if paths[m.MountPath] {
			bad("container %s mounts two volumes on %s", c.Name, m.MountPath)
		}
		paths[m.MountPath] = true
		if !m.ReadOnly && m.Name != "state" {
			bad("container %s may write to %s", c.Name, m.Name)
		}
	}
	for _, e := range c.Env {
		for _, secret := range []string{"PASSWORD", "KEY", "TOKEN", "SECRET"} {
			if strings.Contains(e.Name, secret) && !strings.HasPrefix(e.Value, "file:") {
				bad("container %s: %s is not read from a file", c.Name, e.Name)
			}
		}
	}
}

func hasPort(c corev1.Container, name string) bool {
	return slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == name })
}

// checkSelectors finds services, budgets and policies that select no pod.
func (p *problems) checkSelectors(o runtime.Object, loads []workload) {
	var name string
	var selector *metav1.LabelSelector
	switch o := o.(type) {
	case *corev1.Service:
		name, selector = "Service "+o.Name, &metav1.LabelSelector{MatchLabels: o.Spec.Selector}
		for _, port := range o.Spec.Ports {
			if !slices.ContainsFunc(loads, func(w workload) bool {
				return matches(selector, w.pod.Labels) && hasPort(w.pod.Spec.Containers[0], port.TargetPort.String())
			}) {
				p.add("%s: port %s leads nowhere", name, port.Name)
			}
		}
	case *policyv1.PodDisruptionBudget:
		name, selector = "PodDisruptionBudget "+o.Name, o.Spec.Selector
	case *networkingv1.NetworkPolicy:
		name, selector = "NetworkPolicy "+o.Name, &o.Spec.PodSelector
	default:
		return
	}
	if !slices.ContainsFunc(loads, func(w workload) bool { return matches(selector, w.pod.Labels) }) {
		p.add("%s: selects no pod", name)
	}
}

func matches(s *metav1.LabelSelector, l map[string]string) bool {
	sel, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && sel.Matches(labels.Set(l))
}
