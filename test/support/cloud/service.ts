/** The calls that the engine makes to a provider, answered by a stand-in. */
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { unary } from "../../../embedded/language-host/handlers.ts";
import type { StandIn } from "./stand-in.ts";
import type { Bag } from "./values.ts";

/** Handlers by name; what no stack needs has none. */
export function providerService(standIn: StandIn, version: string) {
  return {
    getPluginInfo: unary((_request: empty.Empty) => new plugin.PluginInfo().setVersion(version)),
    attach: unary((_request: plugin.PluginAttach) => new empty.Empty()),
    cancel: unary((_request: empty.Empty) => new empty.Empty()),
    getSchema: unary((_request: provider.GetSchemaRequest) =>
      new provider.GetSchemaResponse().setSchema("{}"),
    ),
    checkConfig: unary((request: provider.CheckRequest) =>
      new provider.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: unary(diffConfig),
    configure: unary((request: provider.ConfigureRequest) => {
      standIn.region = String(read(request.getArgs()).region ?? "");
      return new provider.ConfigureResponse().setSupportspreview(true);
    }),
    check: unary((request: provider.CheckRequest) => check(standIn, request)),
    diff: unary((request: provider.DiffRequest) => diff(standIn, request)),
    create: unary((request: provider.CreateRequest) => {
      const inputs = read(request.getProperties());
      const { id, outputs } = standIn.create(request.getUrn(), inputs, request.getPreview());
      return new provider.CreateResponse().setId(id).setProperties(write(outputs));
    }),
    update: unary((request: provider.UpdateRequest) => {
      const [before, after] = [read(request.getOlds()), read(request.getNews())];
      const outputs = standIn.update(request.getUrn(), request.getId(), before, after, request.getPreview());
      return new provider.UpdateResponse().setProperties(write(outputs));
    }),
    read: unary((request: provider.ReadRequest) => {
      const found = standIn.read(request.getUrn(), request.getId());
      if (!found) return new provider.ReadResponse();
      const inputs = request.getInputs() ?? write(found);
      return new provider.ReadResponse().setId(request.getId()).setProperties(write(found)).setInputs(inputs);
    }),
    delete: unary((request: provider.DeleteRequest) => {
      standIn.delete(request.getUrn(), request.getId());
      return new empty.Empty();
    }),
    invoke: unary((request: provider.InvokeRequest) =>
      new provider.InvokeResponse().setReturn(
        write(standIn.invoke(request.getTok(), read(request.getArgs()))),
      ),
    ),
  };
}

/** No setting of a cloud's provider replaces it. */
function diffConfig(request: provider.DiffRequest): provider.DiffResponse {
  const isSame = JSON.stringify(read(request.getOldInputs())) === JSON.stringify(read(request.getNews()));
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  return new provider.DiffResponse().setChanges(isSame ? DIFF_NONE : DIFF_SOME);
}

function check(standIn: StandIn, request: provider.CheckRequest): provider.CheckResponse {
  const { inputs, failures } = standIn.check(
    request.getUrn(),
    read(request.getOlds()),
    read(request.getNews()),
  );
  const list = failures.map(({ property, reason }) =>
    new provider.CheckFailure().setProperty(property).setReason(reason),
  );
  return new provider.CheckResponse().setInputs(write(inputs)).setFailuresList(list);
}

function diff(standIn: StandIn, request: provider.DiffRequest): provider.DiffResponse {
  const found = standIn.diff(request.getUrn(), read(request.getOldInputs()), read(request.getNews()));
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  return new provider.DiffResponse()
    .setChanges(found.changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList([...found.changes])
    .setReplacesList([...found.replaces])
    .setDeletebeforereplace(found.deleteBeforeReplace);
}

function read(bag: struct.Struct | undefined): Bag {
  return (bag?.toJavaScript() as Bag | undefined) ?? {};
}

function write(bag: object): struct.Struct {
  return struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(bag)));
}
