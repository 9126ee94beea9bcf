const GO_DUMP = "the message of the real server has the whole object in Go's notation in it";
const GO_TYPES = "the message of the real server names types of its own source";

/** Cases in which our server answers otherwise than a real one, with why. docs/embedded.md shows where they are. */
export const DIVERGENCES: Readonly<Record<string, string>> = {
  "create-strict-both": "unknown and duplicate fields are told in another order",
  "create-other-kind": GO_TYPES,
  "create-other-version": GO_TYPES,
  "create-yaml-wrong": "the YAML parser has words of its own for what is wrong",
  "patch-merge-kind": GO_DUMP,
  "patch-merge-strict": GO_DUMP,
  "patch-merge-wrong-type": GO_DUMP,
  "watch-finalizer":
    "an object that goes with its last finalizer is told as it was after that was taken off, not before",
  "watch-post-is-create": "a POST to a path of the old watch form is a watch, too",
  "kind-pod-update-command":
    "the message of the real server ends with a difference of the two objects in Go's notation",
  "kind-pod-delete-scheduled": "the generation of a pod counts one change more",
  "kind-job-template-immutable": GO_DUMP,
  "kind-namespace-name-wrong": "a name with dots in it is told the general rule for labels",
  "kind-event": "events of the old API show the empty fields of the new one",
  "kind-pvc": "claims get no protecting finalizer: nothing here would take it off",
  "sub-status-labels": "a write to a status may change labels",
  "validation-odd": "there are no warnings about what is odd and not wrong",
  "validation-pod-update-fixed":
    "the message of the real server ends with a difference of the two objects in Go's notation",
  "custom-several-problems": "problems of one object are told in another order",
  "custom-status-invalid": "a problem in a status is told by its path in the object, not in the status",
  "custom-list": "lists of custom resources have no empty continue token, and other words for unknown field selectors",
  "custom-definition": "a definition is answered before it has a status; the next read shows it",
  "custom-definition-two-storage": GO_DUMP,
  "custom-definition-no-storage": GO_DUMP,
  "custom-definition-rule-wrong": "a CEL rule that cannot be compiled is refused in the words of another parser",
  "table-only-table": "a form that a get cannot have is refused in the words for lists",
  "discovery-core": "there are no componentstatuses, which are deprecated",
  "discovery-apps": "discovery has no storage version hashes, which are optional",
  "discovery-batch": "discovery has no storage version hashes, which are optional",
  "discovery-custom": "discovery has no storage version hashes, which are optional",
  "discovery-unknown-version": "an unknown version of a known group is a page that is not found, not a Status",
  "bad-path-empty": "a path with nothing between two slashes is another path",
};
