import { multiCluster } from "../acceptance/multi-cluster.ts";

multiCluster("embedded");
