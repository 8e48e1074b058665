//! Notebook instances, and the scripts that may stop them.

use aws_sdk_sagemaker::types::{NotebookInstanceLifecycleHook, NotebookInstanceSummary};

use super::{
    Noted, PAGE_SIZE, Reader, instant,
    several::{Said, each},
};
use crate::{
    provider::{
        aws::{
            listed::once,
            sagemaker::wire::{Notebook, Script},
        },
        call::CallError,
    },
    snapshot::Gap,
};

impl Reader<'_> {
    /// All notebook instances.
    pub(super) async fn notebooks(&self) -> Noted<Vec<Notebook>> {
        let mut gaps = Vec::new();
        let listed = self.listed_notebooks(&mut gaps).await;
        let mut notebooks = self.with_volumes(listed, &mut gaps).await;
        self.add_scripts(&mut notebooks, &mut gaps).await;
        let arns: Vec<String> = notebooks.iter().map(|notebook| notebook.arn.clone()).collect();
        for (notebook, tags) in notebooks.iter_mut().zip(self.tags(&arns, &mut gaps).await) {
            notebook.tags = tags;
        }
        (notebooks, gaps)
    }

    async fn listed_notebooks(&self, gaps: &mut Vec<Gap>) -> Vec<Notebook> {
        let mut found = Vec::new();
        let send = |token| {
            let list = self.client.list_notebook_instances().max_results(PAGE_SIZE);
            list.set_next_token(token).send()
        };
        let listed = self.seat.pages("sagemaker:ListNotebookInstances", send, |page| {
            let listed = page.notebook_instances.unwrap_or_default();
            found.extend(listed.into_iter().filter_map(notebook));
            page.next_token
        });
        self.note(listed.await, "notebook instances of this region", gaps);
        once(found, |notebook| notebook.arn.clone())
    }

    /// The list lacks the volume only. One that is gone is left out.
    async fn with_volumes(&self, listed: Vec<Notebook>, gaps: &mut Vec<Gap>) -> Vec<Notebook> {
        let answers = each(&listed, |notebook| self.volume_gb(&notebook.name)).await;
        gaps.extend(answers.gap(self.seat, "the size of volumes of notebook instances"));
        let said = listed.into_iter().zip(answers.said);
        said.filter_map(|(listed, said)| match said {
            Said::This(volume_gb) => Some(Notebook { volume_gb, ..listed }),
            Said::Gone => None,
            Said::Nothing => Some(listed),
        })
        .collect()
    }

    async fn volume_gb(&self, name: &str) -> Result<Option<i32>, CallError> {
        let send = || self.client.describe_notebook_instance().notebook_instance_name(name).send();
        let said = self.seat.ask("sagemaker:DescribeNotebookInstance", send).await?;
        Ok(said.volume_size_in_gb)
    }

    /// Several instances may have one script.
    async fn add_scripts(&self, notebooks: &mut [Notebook], gaps: &mut Vec<Gap>) {
        let names = notebooks.iter().filter_map(|notebook| notebook.script_name.clone()).collect();
        let names = once(names, Clone::clone);
        let answers = each(&names, |name| self.script(name)).await;
        gaps.extend(answers.gap(self.seat, "whether notebook instances stop by themselves"));
        let scripts: Vec<_> = names.iter().zip(answers.known()).collect();
        for notebook in notebooks {
            let known =
                scripts.iter().find(|(name, _)| Some(*name) == notebook.script_name.as_ref());
            notebook.script = known.and_then(|(_, script)| script.clone());
        }
    }

    async fn script(&self, name: &str) -> Result<Script, CallError> {
        let send = || {
            let asked = self.client.describe_notebook_instance_lifecycle_config();
            asked.notebook_instance_lifecycle_config_name(name).send()
        };
        let operation = "sagemaker:DescribeNotebookInstanceLifecycleConfig";
        let said = self.seat.ask(operation, send).await?;
        Ok(Script { on_start: texts(said.on_start), on_create: texts(said.on_create) })
    }
}

fn notebook(said: NotebookInstanceSummary) -> Option<Notebook> {
    let name = said.notebook_instance_lifecycle_config_name;
    Some(Notebook {
        arn: said.notebook_instance_arn?,
        name: said.notebook_instance_name?,
        status: said.notebook_instance_status.map(|status| status.as_str().to_owned()),
        instance_type: said.instance_type.map(|name| name.as_str().to_owned()),
        created_at: instant(said.creation_time),
        modified_at: instant(said.last_modified_time),
        script_name: name.filter(|name| !name.is_empty()),
        ..Notebook::default()
    })
}

fn texts(hooks: Option<Vec<NotebookInstanceLifecycleHook>>) -> Vec<String> {
    hooks.unwrap_or_default().into_iter().filter_map(|hook| hook.content).collect()
}
