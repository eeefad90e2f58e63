import { isAuthorsJob } from "@millrace/model/runs/authors-job";
import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";

/** The job that a schedule or sensor launches; one without a name of its own is of assets. */
export function JobLink({ location, name }: { readonly location: string; readonly name: string }) {
  if (!isAuthorsJob(name)) return <span className="quiet">assets</span>;
  return (
    <Anchor
      fz="inherit"
      mr={8}
      renderRoot={(props) => <Link to="/jobs/$location/$job" params={{ location, job: name }} {...props} />}
    >
      {name}
    </Anchor>
  );
}
