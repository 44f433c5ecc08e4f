import { expect, test } from "vitest";
import { eksEnums, gkeEnums } from "../../components/catalogue/api-enums.ts";
import { awsMachines, awsMachinesLeftOut } from "../../components/catalogue/aws-machines.ts";
import { gkeGpuProfiles } from "../../components/catalogue/gke-gpu-profiles.ts";
import { eksGpuImages } from "../../components/catalogue/node-images.ts";
import { awsEnum, gkeEnum } from "../support/vendor-declarations.ts";

/** What of these the vendor does not declare. */
function undeclared(names: readonly string[], declared: readonly string[]): string[] {
  return names.filter((name) => !declared.includes(name));
}

test("the clients' declarations are read whole", () => {
  expect(awsEnum("client-ec2", "_InstanceType").length).toBeGreaterThan(1400);
  expect(awsEnum("client-eks", "TaintEffect")).toEqual(["NO_EXECUTE", "NO_SCHEDULE", "PREFER_NO_SCHEDULE"]);
  expect(gkeEnum("Type", "ReservationAffinity")).toEqual([
    "NO_RESERVATION",
    "ANY_RESERVATION",
    "SPECIFIC_RESERVATION",
  ]);
  expect(() => awsEnum("client-eks", "NoSuchEnum")).toThrow("no enum NoSuchEnum");
  expect(() => gkeEnum("NoSuchEnum")).toThrow("no enum NoSuchEnum");
});

test("every EC2 machine of the catalogue is a type that EC2 declares", () => {
  const declared = awsEnum("client-ec2", "_InstanceType");
  expect(undeclared(Object.keys(awsMachines), declared)).toEqual([]);
  expect(undeclared(Object.keys(awsMachinesLeftOut), declared)).toEqual([]);
  expect(undeclared(["p6.48xlarge"], declared)).toEqual(["p6.48xlarge"]);
});

test("every GPU machine that EC2 declares in a series of the catalogue is in the catalogue", () => {
  const series = new Set(Object.keys(awsMachines).map((name) => name.split(".")[0]));
  const declared = awsEnum("client-ec2", "_InstanceType");
  const known: string[] = [...Object.keys(awsMachines), ...Object.keys(awsMachinesLeftOut)];
  const missing = declared.filter((name) => series.has(name.split(".")[0]) && !known.includes(name));
  expect(missing).toEqual([]);
});

test("every machine image of EKS is an AMI type that EKS declares", () => {
  expect(undeclared(Object.keys(eksGpuImages), awsEnum("client-eks", "AMITypes"))).toEqual([]);
});

test.each([
  { names: eksEnums.capacityTypes, client: "client-eks", enumeration: "CapacityTypes" },
  { names: eksEnums.taintEffects, client: "client-eks", enumeration: "TaintEffect" },
  { names: eksEnums.marketTypes, client: "client-ec2", enumeration: "MarketType" },
  { names: eksEnums.interfaceTypes, client: "client-ec2", enumeration: "NetworkInterfaceCreationType" },
  { names: eksEnums.placementStrategies, client: "client-ec2", enumeration: "PlacementStrategy" },
] as const)("$enumeration of AWS declares what the catalogue says", ({ names, client, enumeration }) => {
  expect(undeclared(names, awsEnum(client, enumeration))).toEqual([]);
});

/** All of these the catalogue knows whole: a value that Google adds is seen here first. */
test.each([
  { names: gkeEnums.gpuDriverVersions, message: "GPUDriverInstallationConfig", name: "GPUDriverVersion" },
  { names: gkeEnums.gpuSharingStrategies, message: "GPUSharingConfig", name: "GPUSharingStrategy" },
  { names: gkeEnums.reservationTypes, message: "ReservationAffinity", name: "Type" },
  { names: gkeEnums.placementTypes, message: "PlacementPolicy", name: "Type" },
  { names: gkeEnums.gpuDirectStrategies, message: "NodeConfig", name: "GPUDirectStrategy" },
] as const)("GKE's $name of $message is what the catalogue says", ({ names, message, name }) => {
  expect(gkeEnum(name, message).sort()).toEqual([...names].sort());
});

test("GKE's upgrade strategies are what the catalogue says", () => {
  expect(gkeEnum("NodePoolUpdateStrategy").sort()).toEqual([...gkeEnums.upgradeStrategies].sort());
});

test.each([
  { names: gkeEnums.taintEffects, message: "NodeTaint", name: "Effect" },
  { names: gkeEnums.workloadMetadataModes, message: "WorkloadMetadataConfig", name: "Mode" },
])("GKE's $name of $message declares what the catalogue says", ({ names, message, name }) => {
  expect(undeclared(names, gkeEnum(name, message))).toEqual([]);
});

test("GKE's profiles name driver versions that GKE declares", () => {
  const named = Object.values(gkeGpuProfiles).flatMap(({ driverVersions }) => [...driverVersions]);
  expect(undeclared(named, gkeEnum("GPUDriverVersion", "GPUDriverInstallationConfig"))).toEqual([]);
});
