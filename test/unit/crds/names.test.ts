import { describe, expect, test } from "vitest";
import {
  autoDeploymentLabel,
  autoDeploymentName,
  configurationVolume,
  cronJobName,
  dataPlaneNamespace,
  endpointName,
  fileMountVolume,
  generateName,
  imageRepository,
  imageTag,
  routeName,
  serviceName,
  workflowName,
  workloadName,
} from "../../../src/crds/names.ts";

describe("generated names", () => {
  test.each([
    [generateName(253, "project", "component"), "project-component-932d1646"],
    [generateName(253, "My_Project$", "Component@Name"), "my-project-component-name-40314333"],
    [generateName(253, "-invalid-start", "invalid-end-"), "invalid-start-invalid-end-f124257d"],
    [generateName(253, "", ""), "3973e022"],
    [generateName(253, "!!!", "###"), "606b424e"],
    [generateName(253, "a".repeat(300), "component"), `${"a".repeat(122)}-component-a250aee3`],
    [generateName(253, "a".repeat(260), "b".repeat(260)), `${"a".repeat(122)}-${"b".repeat(121)}-654ba7cd`],
    [generateName(253, "project.name", "component.name"), "project.name-component.name-851db5b2"],
    [
      generateName(253, "project_name with spaces", "component_name"),
      "project-name-with-spaces-component-name-101f1326",
    ],
    [
      dataPlaneNamespace("test-organization", "my-project", "test-environment"),
      "dp-test-organiza-my-project-test-environ-04bdf416",
    ],
    [
      dataPlaneNamespace("default-org", "default-project", "development"),
      "dp-default-org-default-proje-development-39faf2d8",
    ],
    [dataPlaneNamespace("default-org", "default-project", "staging"), "dp-default-org-default-proje-staging-e19c5e2d"],
    [
      dataPlaneNamespace("default-org", "default-project", "production"),
      "dp-default-org-default-proje-production-e6cbdcc2",
    ],
    [workloadName("my-component", "my-main-track"), "my-component-my-main-track-a43a18e7"],
    [
      workloadName("react-starter-image", "react-starter-image-main"),
      "react-starter-image-react-starter-image-main-d0c49f08",
    ],
    [
      serviceName("react-starter-image", "react-starter-image-main"),
      "react-starter-image-react-starter-image-main-d0c49f08",
    ],
    [endpointName("react-starter-image-deployment", "webapp"), "react-starter-image-deployment-webapp-836a5063"],
    [
      routeName("gateway-external", "react-starter-image-deployment-webapp-836a5063"),
      "gateway-external-react-starter-image-deployment-webapp-836a5063-d8b8ec43",
    ],
    [workflowName("reading-list-service-build-01"), "reading-list-service-build-01-a008bd4a"],
    [
      imageRepository("default-org", "default-project", "reading-list-service"),
      "default-org-default-project-reading-list-service-08512f5d",
    ],
    [imageTag("reading-list-service-main", "0123456789abcdef"), "reading-list-service-main-33d882c8-01234567"],
    [cronJobName("time-logger", "time-logger-main"), "time-logger-time-logger-main-0b01a8f3"],
    [
      cronJobName("github-issue-reporter", "github-issue-reporter-main"),
      "github-issue-reporter-github-issue-reporter-c5d0fdde",
    ],
    [
      autoDeploymentName(
        "default-org",
        "default-project",
        "reading-list-service",
        "reading-list-service-main",
        "development",
      ),
      "default-org-default-project-reading-list-service-reading-list-service-main-development-5ee4d6a0",
    ],
    [autoDeploymentLabel("development"), "development-deployment-c333eea2"],
    [configurationVolume("redis-config-group", "cm"), "redis-config-group-cm-2551b38a"],
    [fileMountVolume("/app/config.json"), "filemount-4ea60343"],
  ])("%s", (made, expected) => {
    expect(made).toBe(expected);
  });

  test("never exceed their limit, whatever the parts", () => {
    for (const parts of [["ü".repeat(200), "b"], ["a", "b", "c", "d".repeat(300)], ["x".repeat(500)]]) {
      expect(Buffer.byteLength(generateName(63, ...parts))).toBeLessThanOrEqual(63);
    }
  });
});
