import { colocated } from "../acceptance/colocated.ts";

colocated("embedded");
