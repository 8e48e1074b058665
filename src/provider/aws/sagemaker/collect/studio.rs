//! Studio apps on machines of their own, and what their domain, space and user say of idleness.

use aws_sdk_sagemaker::types::{
    AppDetails, AppLifecycleManagement, AppType, CodeEditorAppSettings, DefaultSpaceSettings,
    JupyterLabAppSettings, KernelGatewayAppSettings, LifecycleManagement, UserSettings,
};

use super::{Noted, PAGE_SIZE, Reader, instant, several::each};
use crate::{
    provider::{
        aws::{
            listed::once,
            sagemaker::wire::{App, Idle},
        },
        call::CallError,
    },
    snapshot::Gap,
};

/// The machine type of apps that share a machine of the service, free of charge.
const SHARED: &str = "system";

/// What is hidden where a setting cannot be read.
const HIDES: &str = "whether Studio apps shut down by themselves";

/// What is said of a domain.
#[derive(Debug, Clone, PartialEq, Default)]
struct Domain {
    users: Settings,
    /// For spaces that nobody owns.
    spaces: Settings,
}

/// Idleness by kind of app.
#[derive(Debug, Clone, PartialEq, Default)]
struct Settings {
    lab: Idle,
    editor: Idle,
    kernel: Idle,
}

/// What is said of a space.
#[derive(Debug, Clone, PartialEq, Default)]
struct Space {
    owner_name: Option<String>,
    volume_gb: Option<i32>,
    lab_minutes: Option<i32>,
    editor_minutes: Option<i32>,
}

impl Settings {
    fn of(&self, kind: &str) -> Idle {
        match kind {
            "JupyterLab" => self.lab.clone(),
            "CodeEditor" => self.editor.clone(),
            _ => self.kernel.clone(),
        }
    }
}

impl Reader<'_> {
    /// All apps that have a machine of their own now.
    pub(super) async fn apps(&self) -> Noted<Vec<App>> {
        let mut gaps = Vec::new();
        let mut apps = self.listed_apps(&mut gaps).await;
        self.add_spaces(&mut apps, &mut gaps).await;
        self.add_domains(&mut apps, &mut gaps).await;
        self.add_users(&mut apps, &mut gaps).await;
        self.add_arns(&mut apps, &mut gaps).await;
        let named = apps.iter_mut().filter(|app| app.arn.is_some());
        let mut named: Vec<&mut App> = named.collect();
        let arns: Vec<String> = named.iter().filter_map(|app| app.arn.clone()).collect();
        for (app, tags) in named.iter_mut().zip(self.tags(&arns, &mut gaps).await) {
            app.tags = tags;
        }
        (apps, gaps)
    }

    async fn listed_apps(&self, gaps: &mut Vec<Gap>) -> Vec<App> {
        let mut found = Vec::new();
        let send =
            |token| self.client.list_apps().max_results(PAGE_SIZE).set_next_token(token).send();
        let listed = self.seat.pages("sagemaker:ListApps", send, |page| {
            found.extend(page.apps.unwrap_or_default().into_iter().filter_map(app));
            page.next_token
        });
        self.note(listed.await, "Studio apps of this region", gaps);
        once(found, |app| {
            let place = (app.domain_id.clone(), app.user_name.clone(), app.space_name.clone());
            (place, app.kind.clone(), app.name.clone())
        })
    }

    async fn add_spaces(&self, apps: &mut [App], gaps: &mut Vec<Gap>) {
        let key = |app: &App| Some((app.domain_id.clone(), app.space_name.clone()?));
        let places = once(apps.iter().filter_map(key).collect(), Clone::clone);
        let answers = each(&places, |(domain, space)| self.space(domain, space)).await;
        gaps.extend(answers.gap(self.seat, "owners and idle times of Studio spaces"));
        let known: Vec<_> = places.iter().zip(answers.known()).collect();
        for app in apps {
            let place = key(app);
            let space = known.iter().find(|(known, _)| Some(*known) == place.as_ref());
            let Some(space) = space.and_then(|(_, space)| space.as_ref()) else { continue };
            app.is_space_known = true;
            app.owner_name.clone_from(&space.owner_name);
            app.volume_gb = space.volume_gb;
            app.space_idle_minutes =
                if app.kind == "CodeEditor" { space.editor_minutes } else { space.lab_minutes };
        }
    }

    async fn space(&self, domain_id: &str, name: &str) -> Result<Space, CallError> {
        let send = || self.client.describe_space().domain_id(domain_id).space_name(name).send();
        let said = self.seat.ask("sagemaker:DescribeSpace", send).await?;
        let settings = said
            .space_settings
            .unwrap_or_else(|| aws_sdk_sagemaker::types::SpaceSettings::builder().build());
        let storage = settings.space_storage_settings.and_then(|it| it.ebs_storage_settings);
        let lab = settings.jupyter_lab_app_settings.and_then(|it| it.app_lifecycle_management);
        let editor = settings.code_editor_app_settings.and_then(|it| it.app_lifecycle_management);
        Ok(Space {
            owner_name: said.ownership_settings.and_then(|owner| owner.owner_user_profile_name),
            volume_gb: storage.and_then(|storage| storage.ebs_volume_size_in_gb),
            lab_minutes: lab.and_then(|it| it.idle_settings?.idle_timeout_in_minutes),
            editor_minutes: editor.and_then(|it| it.idle_settings?.idle_timeout_in_minutes),
        })
    }

    async fn add_domains(&self, apps: &mut [App], gaps: &mut Vec<Gap>) {
        let ids = once(apps.iter().map(|app| app.domain_id.clone()).collect(), Clone::clone);
        let answers = each(&ids, |id| self.domain(id)).await;
        gaps.extend(answers.gap(self.seat, HIDES));
        let known: Vec<_> = ids.iter().zip(answers.known()).collect();
        for app in apps {
            let domain = known.iter().find(|(id, _)| **id == app.domain_id);
            let Some(domain) = domain.and_then(|(_, domain)| domain.as_ref()) else { continue };
            let is_shared = app.space_name.is_some() && app.owner_name.is_none();
            let settings = if is_shared { &domain.spaces } else { &domain.users };
            let is_known = app.space_name.is_none() || app.is_space_known;
            app.domain_idle = is_known.then(|| settings.of(&app.kind));
        }
    }

    async fn domain(&self, id: &str) -> Result<Domain, CallError> {
        let send = || self.client.describe_domain().domain_id(id).send();
        let said = self.seat.ask("sagemaker:DescribeDomain", send).await?;
        Ok(Domain {
            users: said.default_user_settings.as_ref().map(of_user).unwrap_or_default(),
            spaces: said.default_space_settings.as_ref().map(of_spaces).unwrap_or_default(),
        })
    }

    /// A space that nobody owns has no user whose settings count.
    async fn add_users(&self, apps: &mut [App], gaps: &mut Vec<Gap>) {
        let key = |app: &App| {
            let user = app.owner_name.clone().or_else(|| app.user_name.clone())?;
            Some((app.domain_id.clone(), user))
        };
        let people = once(apps.iter().filter_map(key).collect(), Clone::clone);
        let answers = each(&people, |(domain, user)| self.user(domain, user)).await;
        gaps.extend(answers.gap(self.seat, HIDES));
        let known: Vec<_> = people.iter().zip(answers.known()).collect();
        for app in apps {
            app.user_idle = match key(app) {
                None => Some(Idle::default()),
                Some(person) => known
                    .iter()
                    .find(|(known, _)| **known == person)
                    .and_then(|(_, settings)| Some(settings.as_ref()?.of(&app.kind))),
            };
        }
    }

    async fn user(&self, domain_id: &str, name: &str) -> Result<Settings, CallError> {
        let send = || {
            self.client.describe_user_profile().domain_id(domain_id).user_profile_name(name).send()
        };
        let said = self.seat.ask("sagemaker:DescribeUserProfile", send).await?;
        Ok(said.user_settings.as_ref().map(of_user).unwrap_or_default())
    }

    async fn add_arns(&self, apps: &mut [App], gaps: &mut Vec<Gap>) {
        let answers = each(apps, |app| self.app_arn(app)).await;
        gaps.extend(answers.gap(self.seat, "names of Studio apps as bills have them"));
        let arns: Vec<_> = answers.known().collect();
        for (app, arn) in apps.iter_mut().zip(arns) {
            app.arn = arn.flatten();
        }
    }

    async fn app_arn(&self, app: &App) -> Result<Option<String>, CallError> {
        let send = || {
            self.client
                .describe_app()
                .domain_id(&app.domain_id)
                .set_user_profile_name(app.user_name.clone())
                .set_space_name(app.space_name.clone())
                .app_type(AppType::from(app.kind.as_str()))
                .app_name(&app.name)
                .send()
        };
        Ok(self.seat.ask("sagemaker:DescribeApp", send).await?.app_arn)
    }
}

/// An app that has a machine, or waits for one. Deleted ones stay in the list for a day.
fn app(said: AppDetails) -> Option<App> {
    let status = said.status.map(|status| status.as_str().to_owned());
    let resources = said.resource_spec?;
    let instance_type = resources.instance_type.map(|name| name.as_str().to_owned());
    let has_machine = instance_type.as_deref().is_some_and(|name| name != SHARED);
    let is_over = matches!(status.as_deref(), Some("Deleted" | "Deleting" | "Failed"));
    if !has_machine || is_over {
        return None;
    }
    Some(App {
        domain_id: said.domain_id?,
        user_name: said.user_profile_name.filter(|name| !name.is_empty()),
        space_name: said.space_name.filter(|name| !name.is_empty()),
        kind: said.app_type?.as_str().to_owned(),
        name: said.app_name?,
        status,
        instance_type,
        plan_arn: resources.training_plan_arn,
        created_at: instant(said.creation_time),
        ..App::default()
    })
}

fn of_user(said: &UserSettings) -> Settings {
    Settings {
        lab: said.jupyter_lab_app_settings.as_ref().map(of_lab).unwrap_or_default(),
        editor: said.code_editor_app_settings.as_ref().map(of_editor).unwrap_or_default(),
        kernel: said.kernel_gateway_app_settings.as_ref().map(of_kernel).unwrap_or_default(),
    }
}

fn of_spaces(said: &DefaultSpaceSettings) -> Settings {
    Settings {
        lab: said.jupyter_lab_app_settings.as_ref().map(of_lab).unwrap_or_default(),
        editor: Idle::default(),
        kernel: said.kernel_gateway_app_settings.as_ref().map(of_kernel).unwrap_or_default(),
    }
}

fn of_lab(said: &JupyterLabAppSettings) -> Idle {
    idle(said.app_lifecycle_management.as_ref(), said.lifecycle_config_arns.as_deref())
}

fn of_editor(said: &CodeEditorAppSettings) -> Idle {
    idle(said.app_lifecycle_management.as_ref(), said.lifecycle_config_arns.as_deref())
}

fn of_kernel(said: &KernelGatewayAppSettings) -> Idle {
    idle(None, said.lifecycle_config_arns.as_deref())
}

fn idle(said: Option<&AppLifecycleManagement>, scripts: Option<&[String]>) -> Idle {
    let settings = said.and_then(|said| said.idle_settings.as_ref());
    let management = settings.and_then(|settings| settings.lifecycle_management.as_ref());
    Idle {
        is_enabled: management.map(|management| *management == LifecycleManagement::Enabled),
        after_minutes: settings.and_then(|settings| settings.idle_timeout_in_minutes),
        has_scripts: scripts.is_some_and(|scripts| !scripts.is_empty()),
    }
}
