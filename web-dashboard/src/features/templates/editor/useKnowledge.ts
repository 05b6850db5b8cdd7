import { useEffect, useState } from "react";
import { reader } from "../../../api/client";
import type { ResultOf } from "../../../api/graphql";
import type { JsonSchema, KnownAction, Knowledge } from "./completion";
import { KnownActionsQuery, SchemaQuery } from "./editor.query";

/** What completion knows: the schema of templates, and every action. Null until it is there. */
export function useKnowledge(): Knowledge | null {
  const [knowledge, setKnowledge] = useState<Knowledge | null>(null);
  useEffect(() => {
    let current = true;
    async function read() {
      const [schema, actions] = await Promise.all([reader.query(SchemaQuery, {}).toPromise(), everyAction()]);
      // Without it the editor works as well; it only has nothing to offer.
      if (current && schema.data !== undefined) setKnowledge({ schema: schema.data.templateSchema as JsonSchema, actions });
    }
    void read();
    return () => {
      current = false;
    };
  }, []);
  return knowledge;
}

async function everyAction(): Promise<KnownAction[]> {
  const actions: KnownAction[] = [];
  let after: string | null = null;
  do {
    const data: ResultOf<typeof KnownActionsQuery> | undefined = (await reader.query(KnownActionsQuery, { after }).toPromise()).data;
    if (data === undefined) break;
    for (const action of data.actions.nodes) {
      actions.push({ ...action, parameters: action.parameters as JsonSchema, output: action.output as JsonSchema });
    }
    after = data.actions.pageInfo.hasNextPage ? data.actions.pageInfo.endCursor : null;
  } while (after !== null);
  return actions;
}
