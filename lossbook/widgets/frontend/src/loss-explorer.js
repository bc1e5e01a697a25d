import { define } from "./kit/index.js";
export default define({ kind: "loss-explorer", label: "Loss explorer", shared: {}, build() {} });
