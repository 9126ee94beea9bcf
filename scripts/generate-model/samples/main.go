package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"sort"
	"strconv"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	certificatesv1 "k8s.io/api/certificates/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	eventsv1 "k8s.io/api/events/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var r *rand.Rand
var density float64

var words = []string{"", "a", "web", "x-y.z/w", "ümläut 日本 🙂", "line\nbreak\t\"q\"", "__proto__", "constructor", "80%", "0"}
var quantities = []string{"0", "1", "100m", "1500m", "0.5", "1Gi", "1024Mi", "1536Mi", "1e3", "12E6", "1.5Gi", "0.1u", "5n", "-3", "-1.5", "1000000000000", "123456789012345678901234567890", "1E", "1Ei", "12345.678", "0.000000000123", "1000Ki", "1e-3", "3e6", ".5", "5.", "+7", "1k", "2M", "999999999999999999999"}

func str() string { return words[r.Intn(len(words))] }

func fill(v reflect.Value, depth int) {
	switch x := v.Addr().Interface().(type) {
	case *metav1.TypeMeta:
		return
	case *metav1.Time:
		if r.Float64() < density {
			*x = metav1.NewTime(time.Unix(r.Int63n(4e9)-1e9, 0).UTC())
		}
		return
	case *metav1.MicroTime:
		if r.Float64() < density {
			*x = metav1.NewMicroTime(time.Unix(r.Int63n(4e9)-1e9, int64(r.Intn(1e6))*1000).UTC())
		}
		return
	case *metav1.Duration:
		x.Duration = time.Duration(r.Int63n(1e15) - 1e14)
		return
	case *resource.Quantity:
		if r.Float64() < density {
			*x = resource.MustParse(quantities[r.Intn(len(quantities))])
		}
		return
	case *intstr.IntOrString:
		if r.Intn(2) == 0 {
			*x = intstr.FromInt32(int32(r.Intn(100000) - 100))
		} else {
			*x = intstr.FromString(str())
		}
		return
	case *runtime.RawExtension:
		if r.Float64() < density {
			x.Raw = []byte(`{"apiVersion":"v1","kind":"ConfigMap","data":{"k":"v"},"n":[1,2.5,null,true]}`)
		}
		return
	case *metav1.FieldsV1:
		x.Raw = []byte(`{"f:metadata":{"f:labels":{".":{},"f:a":{}}}}`)
		return
	case *apiextensionsv1.JSON:
		x.Raw = []byte([]string{`"a"`, `1`, `{"a":[1]}`, `null`, `false`, `[]`}[r.Intn(6)])
		return
	case *apiextensionsv1.JSONSchemaPropsOrArray:
		if r.Intn(2) == 0 {
			x.Schema = &apiextensionsv1.JSONSchemaProps{}
			fill(reflect.ValueOf(x.Schema).Elem(), depth+3)
		} else {
			x.JSONSchemas = make([]apiextensionsv1.JSONSchemaProps, 2)
			for i := range x.JSONSchemas {
				fill(reflect.ValueOf(&x.JSONSchemas[i]).Elem(), depth+4)
			}
		}
		return
	case *apiextensionsv1.JSONSchemaPropsOrBool:
		x.Allows = r.Intn(2) == 0
		if r.Intn(2) == 0 {
			x.Allows = true
			x.Schema = &apiextensionsv1.JSONSchemaProps{}
			fill(reflect.ValueOf(x.Schema).Elem(), depth+3)
		}
		return
	case *apiextensionsv1.JSONSchemaPropsOrStringArray:
		if r.Intn(2) == 0 {
			x.Schema = &apiextensionsv1.JSONSchemaProps{}
			fill(reflect.ValueOf(x.Schema).Elem(), depth+3)
		} else {
			x.Property = []string{str(), str()}
		}
		return
	}
	switch v.Kind() {
	case reflect.Ptr:
		p := density
		if depth > 8 {
			p = 0.02
		}
		if r.Float64() < p {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			if v.Type().Field(i).PkgPath == "" {
				fill(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		p := density
		if depth > 8 {
			p = 0.03
		}
		if r.Float64() >= p {
			return
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			b := make([]byte, r.Intn(6))
			r.Read(b)
			v.SetBytes(b)
			return
		}
		n := r.Intn(3)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := 0; i < n; i++ {
			fill(v.Index(i), depth+1)
		}
	case reflect.Map:
		p := density
		if depth > 8 {
			p = 0.03
		}
		if r.Float64() >= p {
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for i := r.Intn(3); i >= 0; i-- {
			k := reflect.New(v.Type().Key()).Elem()
			k.SetString(str())
			e := reflect.New(v.Type().Elem()).Elem()
			fill(e, depth+1)
			v.SetMapIndex(k, e)
		}
	case reflect.String:
		if r.Float64() < density {
			v.SetString(str())
		}
	case reflect.Bool:
		v.SetBool(r.Float64() < density/2)
	case reflect.Int32:
		if r.Float64() < density {
			v.SetInt([]int64{0, 1, -1, 2147483647, -2147483648, 300}[r.Intn(6)])
		}
	case reflect.Int64:
		if r.Float64() < density {
			v.SetInt([]int64{0, 1, -1, 9007199254740991, -9007199254740991, 4294967296}[r.Intn(6)])
		}
	case reflect.Float64:
		if r.Float64() < density {
			v.SetFloat([]float64{0, 1.5, -2e21, 1e-7}[r.Intn(4)])
		}
	default:
		panic(v.Type().String())
	}
}

type sample struct {
	Kind string          `json:"kind"`
	Pb   string          `json:"pb"`
	Json json.RawMessage `json:"json"`
}

// One line per text: what Kubernetes makes of it as a quantity, null when it refuses it.
func quantityTable(count int) {
	suffixes := []string{"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E-3", "e21", "e-9", "E6", "e+2", "K", "mi", "e", "i"}
	digits := func(n int) string {
		s := ""
		for ; n > 0; n-- {
			s += string("000001235789"[r.Intn(12)])
		}
		return s
	}
	for i := 0; i < count; i++ {
		s := []string{"", "", "", "-", "+"}[r.Intn(5)] + digits([]int{0, 1, 1, 2, 3, 4, 8, 15, 17, 18, 19, 22, 30}[r.Intn(13)])
		if r.Intn(3) == 0 {
			s += "." + digits(r.Intn([]int{3, 5, 13}[r.Intn(3)]))
		}
		s += suffixes[r.Intn(len(suffixes))]
		var result []byte = []byte("null")
		if q, err := resource.ParseQuantity(s); err == nil {
			result, _ = json.Marshal(q)
		}
		fmt.Printf("%q:%s\n", s, result)
	}
}

// Writes samples of all kinds, filled at random but the same for the same seed: `samples objects ROUNDS SEED`, `samples quantities COUNT SEED`.
func main() {
	rounds, _ := strconv.Atoi(os.Args[2])
	seed, _ := strconv.ParseInt(os.Args[3], 10, 64)
	r = rand.New(rand.NewSource(seed))
	if os.Args[1] == "quantities" {
		quantityTable(rounds)
		return
	}
	scheme := runtime.NewScheme()
	adds := []func(*runtime.Scheme) error{admissionregistrationv1.AddToScheme, appsv1.AddToScheme, authenticationv1.AddToScheme, authorizationv1.AddToScheme,
		autoscalingv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme, certificatesv1.AddToScheme, coordinationv1.AddToScheme, corev1.AddToScheme,
		discoveryv1.AddToScheme, eventsv1.AddToScheme, networkingv1.AddToScheme, nodev1.AddToScheme, policyv1.AddToScheme, rbacv1.AddToScheme, schedulingv1.AddToScheme,
		storagev1.AddToScheme, apiextensionsv1.AddToScheme}
	for _, a := range adds {
		if err := a(scheme); err != nil {
			panic(err)
		}
	}
	gvks := []schema.GroupVersionKind{}
	skip := map[string]bool{"WatchEvent": true, "ListOptions": true, "GetOptions": true, "CreateOptions": true, "UpdateOptions": true, "PatchOptions": true, "PodExecOptions": true, "PodAttachOptions": true, "PodLogOptions": true, "PodPortForwardOptions": true, "PodProxyOptions": true, "NodeProxyOptions": true, "ServiceProxyOptions": true, "SerializedReference": true, "RangeAllocation": true, "PodStatusResult": true, "ConversionReview": true, "APIGroup": true, "APIVersions": true, "APIGroupList": true, "APIResourceList": true, "List": true}
	for gvk := range scheme.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal || skip[gvk.Kind] {
			continue
		}
		if gvk.Kind == "DeleteOptions" && gvk.Group != "" && gvk.Group != "apps" {
			continue
		}
		gvks = append(gvks, gvk)
	}
	sort.Slice(gvks, func(i, j int) bool { return gvks[i].String() < gvks[j].String() })
	ser := protobuf.NewSerializer(scheme, scheme)
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	for n := 0; n < rounds; n++ {
		for _, gvk := range gvks {
			density = []float64{0, 0.1, 0.35, 0.8}[n%4]
			obj, err := scheme.New(gvk)
			if err != nil {
				panic(err)
			}
			if n%4 != 0 {
				fill(reflect.ValueOf(obj).Elem(), 0)
			}
			obj.GetObjectKind().SetGroupVersionKind(gvk)
			var buf bytes.Buffer
			if err := ser.Encode(obj, &buf); err != nil {
				panic(fmt.Sprint(gvk, err))
			}
			back, _, err := ser.Decode(buf.Bytes(), nil, nil)
			if err != nil {
				panic(fmt.Sprint(gvk, err))
			}
			back.GetObjectKind().SetGroupVersionKind(gvk)
			j, err := json.Marshal(back)
			if err != nil {
				fmt.Fprintln(os.Stderr, "not json:", gvk, err)
				continue
			}
			enc.Encode(sample{gvk.GroupVersion().String() + " " + gvk.Kind, base64.StdEncoding.EncodeToString(buf.Bytes()), j})
		}
	}
}
