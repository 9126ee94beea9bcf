/** A build cannot begin yet: something that it needs is not there. It begins when that comes. */
export class BuildBlocked extends Error {
  override readonly name = "BuildBlocked";
  readonly reason: "NoBuildPlaneFound" | "MultipleBuildPlanesFound" | "SecretNotFound";

  constructor(reason: BuildBlocked["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}
